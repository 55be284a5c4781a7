import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { HistoryReply } from 'tabcast/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, data, enter, join, send, serve } from './harness.js';

const serverUrl = process.env['TEST_DATABASE_URL'];
if (!serverUrl)
  console.warn('SKIPPED: tests with PostgreSQL, because TEST_DATABASE_URL is not set');

describe.skipIf(!serverUrl)('PostgreSQL', () => {
  const name = `tabcast_test_${randomUUID().replaceAll('-', '')}`;
  let env: { DATABASE_URL: string };

  beforeAll(async () => {
    await admin(`CREATE DATABASE ${name}`);
    const url = new URL(serverUrl ?? '');
    url.pathname = name;
    env = { DATABASE_URL: url.href };
  });

  afterAll(() => admin(`DROP DATABASE ${name} WITH (FORCE)`));

  test('nodes_that_start_together_set_up_one_schema_and_share_one_order', async () => {
    const [one, two] = await Promise.all([serve(env), serve(env)]);
    const [ann, bob] = [await enter(one.url, 'Ann'), await enter(two.url, 'Bob')];
    const first = await join(ann.client);
    const { head, epoch } = await join(bob.client);

    const sent = await Promise.all(
      Array.from({ length: 60 }, (_, i) => send((i % 2 ? ann : bob).client, `m${i}`)),
    );

    expect(epoch).toBe(first.epoch);
    expect(sent.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 60 }, (_, i) => head + 1 + i),
    );
  });

  test('same_send_on_two_nodes_at_once_is_stored_once', async () => {
    const [one, two] = [await serve(env), await serve(env)];
    const [ann, again] = [await enter(one.url, 'Ann'), await enter(two.url, 'Ann', 'other')];
    await join(ann.client);

    for (let round = 0; round < 10; round += 1) {
      const cid = randomUUID();
      const [first, second] = await Promise.all([
        send(ann.client, 'once', { cid }),
        send(again.client, 'once', { cid }),
      ]);
      expect(second).toEqual(first);
    }
  });

  test('messages_and_epoch_outlive_the_server', async () => {
    const before = await serve(env);
    const ann = await enter(before.url, 'Ann');
    const { epoch } = await join(ann.client);
    const stored = await send(ann.client, 'remember me');
    await before.close();

    const after = await serve(env);
    const again = await enter(after.url, 'Ann');
    const snapshot = await join(again.client);
    const history = data(
      await call<HistoryReply>(again.client, 'room:history', {
        ...{ roomId: 'general', before: stored.seq + 1, limit: 1 },
      }),
    );

    expect(snapshot).toMatchObject({ epoch, head: stored.seq });
    expect(history.messages).toEqual([stored]);
  });
});

async function admin(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(sql);
  await client.end();
}
