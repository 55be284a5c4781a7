import type { Redis } from 'ioredis';
import type { DeviceId, PresenceMeta, UserId } from 'tabcast/contract';
import { type Ended, PresenceStore, type Stored } from './presence-store.js';

/**
 * The entries of all nodes, in Redis.
 *
 * A hash a user (`ref` → device, whether it lingers, meta) and one sorted set of what ends when, by
 * the clock of Redis. A node that dies renews nothing, and any other one takes what has ended.
 */
export class RedisPresenceStore extends PresenceStore {
  constructor(private readonly redis: Redis) {
    super();
  }

  override async put(user: UserId, meta: PresenceMeta, ttlMs: number): Promise<Stored> {
    const value = `${meta.device} 0 ${JSON.stringify(meta)}`;
    const [created, ...replaced] = (await this.run(
      PUT,
      ...[user, meta.ref, meta.device, value, ttlMs],
    )) as [number, ...string[]];
    return { created: created === 1, replaced };
  }

  override async linger(
    user: UserId,
    device: DeviceId,
    ref: string,
    graceMs: number,
  ): Promise<void> {
    await this.run(LINGER, user, ref, device, graceMs);
  }

  override async remove(user: UserId, ref: string): Promise<boolean> {
    return (await this.run(REMOVE, user, ref)) === 1;
  }

  override async takeEnded(): Promise<Ended[]> {
    const members = (await this.run(TAKE_ENDED)) as string[];
    return members.map((member) => {
      const [user = '', ref = ''] = member.split(' ');
      return { user, ref };
    });
  }

  override async metas(users: readonly UserId[]): Promise<Map<UserId, PresenceMeta[]>> {
    const values = await Promise.all(users.map((user) => this.redis.hvals(PREFIX + user)));
    return new Map(users.map((user, index) => [user, (values[index] ?? []).map(metaOf)]));
  }

  override async users(): Promise<UserId[]> {
    const members = await this.redis.zrange(ENDS, '0', '-1');
    return [...new Set(members.map((member) => member.split(' ')[0] ?? ''))];
  }

  private run(script: string, ...values: (string | number)[]): Promise<unknown> {
    return this.redis.eval(script, '2', PREFIX, ENDS, ...values.map(String));
  }
}

const PREFIX = 'tabcast:presence:';
const ENDS = 'tabcast:presence-ends';

function metaOf(value: string): PresenceMeta {
  return JSON.parse(value.split(' ').slice(2).join(' ')) as PresenceMeta;
}

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

const PUT = `${NOW}
local user, ref, device, value, ttl = unpack(ARGV)
local hash = KEYS[1] .. user
local reply = { redis.call('HSET', hash, ref, value) }
redis.call('ZADD', KEYS[2], now + ttl, user .. ' ' .. ref)
local all = redis.call('HGETALL', hash)
for i = 1, #all, 2 do
  local other, lingering = string.match(all[i + 1], '^(%S+) (%d) ')
  if lingering == '1' and other == device then
    redis.call('HDEL', hash, all[i])
    redis.call('ZREM', KEYS[2], user .. ' ' .. all[i])
    reply[#reply + 1] = all[i]
  end
end
return reply
`;

const LINGER = `${NOW}
local user, ref, device, grace = unpack(ARGV)
local hash = KEYS[1] .. user
local value = redis.call('HGET', hash, ref)
if not value then return 0 end
redis.call('HSET', hash, ref, device .. ' 1 ' .. string.match(value, '^%S+ %d (.*)$'))
redis.call('ZADD', KEYS[2], now + grace, user .. ' ' .. ref)
return 1
`;

const REMOVE = `
local user, ref = unpack(ARGV)
redis.call('ZREM', KEYS[2], user .. ' ' .. ref)
return redis.call('HDEL', KEYS[1] .. user, ref)
`;

const TAKE_ENDED = `${NOW}
local ended = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)
for _, member in ipairs(ended) do
  local user, ref = string.match(member, '^(%S+) (%S+)$')
  redis.call('ZREM', KEYS[2], member)
  redis.call('HDEL', KEYS[1] .. user, ref)
end
return ended
`;
