import { Fetch as ReferenceFetch, XHR as ReferenceXHR } from 'socket.io-client';
import { describe, expect, test } from 'vitest';
import {
  Fetch,
  NodeWebSocket,
  NodeXHR,
  transportConfig,
  transportNames,
  WebSocket,
  WebTransport,
  XHR,
  type TransportOptions,
} from '../src/socket/transports.js';

describe('the transports of a connection', () => {
  test.each<[string, Partial<TransportOptions>, string[]]>([
    ['by default', {}, ['polling', 'websocket']],
    ['as named', { transports: ['websocket', 'polling'] }, ['websocket', 'polling']],
    ['none at all', { transports: [] }, []],
    ['as classes', { transports: [WebSocket, XHR] }, ['websocket', 'polling']],
    ['as classes of Node', { transports: [NodeXHR, NodeWebSocket] }, ['polling', 'websocket']],
    ['as implementations', { transportImplementations: [Fetch] }, ['polling']],
  ])('are_%s', (_, options, names) => {
    expect(transportNames(options)).toEqual(names);
  });

  test.each<[string, Partial<TransportOptions>, string]>([
    ['webtransport', { transports: ['polling', 'webtransport'] }, '"webtransport"'],
    ['its class', { transports: [WebTransport] }, '"webtransport"'],
    ['an unknown one', { transports: ['flashsocket'] }, '"flashsocket"'],
    ['one of another package', { transports: [ReferenceXHR as never] }, '"polling"'],
    ['nothing', { transports: [undefined as never] }, '"undefined"'],
    [
      'both options',
      { transports: ['polling'], transportImplementations: [XHR] },
      "'transportImplementations'",
    ],
  ])('cannot_be_%s', (_, options, message) => {
    expect(() => transportNames(options)).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        message: expect.stringContaining(message),
      }),
    );
  });

  test('have_the_names_of_the_reference', () => {
    expect([XHR, Fetch].map(({ prototype }) => prototype.name)).toEqual(
      [ReferenceXHR, ReferenceFetch].map(({ prototype }) => prototype.name),
    );
  });
});

describe('the options of a transport', () => {
  test('are_those_of_all_and_its_own_over_them', () => {
    const { polling, websocket } = transportConfig(
      {
        extraHeaders: { a: 'all' },
        protocols: 'chat',
        requestTimeout: 1.5,
        timestampParam: 'stamp',
        transportOptions: {
          polling: { extraHeaders: { b: 'polling' }, withCredentials: true },
          websocket: { protocols: ['other'], timestampRequests: true, forceBase64: true },
        },
      },
      false,
    );

    expect(polling).toEqual({
      timestamp: 'stamp',
      base64: false,
      headers: [['b', 'polling']],
      withCredentials: true,
      requestTimeout: 1,
    });
    expect(websocket).toEqual({ timestamp: 'stamp', base64: true, protocols: ['other'] });
  });

  test('leave_the_time_stamp_out_where_the_reference_does', () => {
    const stamps = [undefined, true, false].map((timestampRequests) => {
      const options = timestampRequests === undefined ? {} : { timestampRequests };
      const { polling, websocket } = transportConfig(options, false);
      return [polling.timestamp, websocket.timestamp];
    });

    expect(stamps).toEqual([
      ['t', null],
      ['t', 't'],
      [null, null],
    ]);
  });

  test('remember_the_last_websocket_when_asked_or_shared', () => {
    const remembered = [
      transportConfig({}, false),
      transportConfig({}, true),
      transportConfig({ rememberUpgrade: true }, false),
      transportConfig({ rememberUpgrade: false }, true),
    ];

    expect(remembered.map(({ rememberUpgrade }) => rememberUpgrade)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
