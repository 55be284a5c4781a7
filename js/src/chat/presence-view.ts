import type { PresenceMeta, UserId } from '../contract/index.js';
import type { Subscribable } from '../subscribable.js';
import { Computed } from './computed.js';
import type { ChatStore } from './core.js';
import type { RoomOwner } from './room-handle.js';
import type { UserPresence } from './types.js';

/** The presence of all users that the app follows. */
export class PresenceView {
  readonly #owner: RoomOwner;
  readonly #users = new Map<UserId, UserPresence>();
  readonly #groups = new Set<PresenceGroup>();

  constructor(owner: RoomOwner) {
    this.#owner = owner;
  }

  group(users: readonly UserId[]): Subscribable<ReadonlyMap<UserId, UserPresence>> {
    const lookup = (user: UserId): UserPresence => this.#users.get(user) ?? offline(user);
    return new PresenceGroup([...new Set(users)], lookup, (group) => this.#follow(group));
  }

  set(
    user: UserId,
    state: UserPresence['state'],
    activeAt: number | undefined,
    devices: readonly PresenceMeta[],
  ): void {
    if (devices.length === 0) {
      this.#users.delete(user);
    } else {
      const [first, ...rest] = devices;
      const latest = rest.reduce((a, b) => (b.activeAt > a!.activeAt ? b : a), first);
      const lastActiveAt = activeAt ?? null;
      this.#users.set(user, { user, state, lastActiveAt, devices, data: latest?.data });
    }
    for (const group of this.#groups) group.changed(user);
  }

  #follow(group: PresenceGroup): () => void {
    const users = [...group.users];
    const run = (command: (store: ChatStore) => void): void => this.#owner.run(command);
    const letGo = this.#owner.hold();
    this.#groups.add(group);
    run((store) => store.watch(users));
    return () => {
      this.#groups.delete(group);
      run((store) => store.unwatch(users));
      letGo();
    };
  }
}

/** Some users, followed while anybody subscribes. */
class PresenceGroup implements Subscribable<ReadonlyMap<UserId, UserPresence>> {
  readonly users: readonly UserId[];
  readonly #state: Computed<ReadonlyMap<UserId, UserPresence>>;
  readonly #follow: (group: PresenceGroup) => () => void;
  #subscribers = 0;
  #unfollow: (() => void) | undefined;

  constructor(
    users: readonly UserId[],
    lookup: (user: UserId) => UserPresence,
    follow: (group: PresenceGroup) => () => void,
  ) {
    this.users = users;
    this.#follow = follow;
    this.#state = new Computed<ReadonlyMap<UserId, UserPresence>>(
      new Map(users.map((user) => [user, offline(user)])),
      (previous) => {
        const now = new Map(users.map((user) => [user, keepOffline(lookup(user), previous)]));
        return users.some((user) => now.get(user) !== previous.get(user)) ? now : previous;
      },
    );
    this.#state.changed();
  }

  readonly getSnapshot = (): ReadonlyMap<UserId, UserPresence> => this.#state.getSnapshot();

  readonly getServerSnapshot = (): ReadonlyMap<UserId, UserPresence> =>
    this.#state.getServerSnapshot();

  readonly subscribe = (listener: () => void): (() => void) => {
    const unsubscribe = this.#state.subscribe(listener);
    this.#subscribers += 1;
    if (this.#subscribers === 1) {
      this.#unfollow = this.#follow(this);
      this.#state.changed();
    }
    let subscribed = true;
    return () => {
      if (!subscribed) return;
      subscribed = false;
      unsubscribe();
      this.#subscribers -= 1;
      if (this.#subscribers === 0) this.#unfollow?.();
    };
  };

  changed(user: UserId): void {
    if (this.users.includes(user)) this.#state.changed();
  }
}

function offline(user: UserId): UserPresence {
  return { user, state: 'offline', lastActiveAt: null, devices: [], data: undefined };
}

/** A user who is still offline keeps the object that says so. */
function keepOffline(now: UserPresence, previous: ReadonlyMap<UserId, UserPresence>): UserPresence {
  const before = previous.get(now.user);
  return now.state === 'offline' && before?.state === 'offline' ? before : now;
}
