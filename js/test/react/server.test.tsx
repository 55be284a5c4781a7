// @vitest-environment node
import type { RealtimeClient } from '../../src/chat/types.js';
import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Manager } from '../../src/index.js';
import { RealtimeProvider, useSocket, useSocketEvent, useTabs } from '../../src/react/index.js';
import { script } from '../support/core.js';

function Status(): string {
  useSocketEvent('a', () => undefined);
  return [useSocket().status, useSocket('/relative').status, useTabs().role].join(' ');
}

test('a_server_renders_the_idle_state_and_connects_nothing', async () => {
  const manager = new Manager('http://h.test', { autoConnect: false });

  const html = renderToString(
    <RealtimeProvider client={{ manager } as RealtimeClient}>
      <Status />
    </RealtimeProvider>,
  );
  await new Promise((resolve) => setImmediate(resolve));

  expect(typeof window).toBe('undefined');
  expect(html).toBe('idle idle solo');
  expect(script.connections).toEqual([]);
  expect(manager.nsps).toEqual({});
});
