import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Ack } from 'tabcast/contract';
import { Realtime } from '../common/realtime.js';
import { refused, WireException } from '../common/wire-exception.js';
import { Config } from '../config.js';
import { Commands } from './commands.js';
import { StreamPeers } from './stream-peers.js';

/** Finds the node that writes a peer's stream: a load balancer may take its calls to any. */
@Injectable()
export class CommandRouter implements OnApplicationBootstrap {
  constructor(
    private readonly config: Config,
    private readonly realtime: Realtime,
    private readonly peers: StreamPeers,
    private readonly commands: Commands,
  ) {}

  onApplicationBootstrap(): void {
    this.realtime.namespace.on(FORWARDED, (name, event, payload, answer) => {
      this.runHere(name, event, payload).then(answer, () => answer(null));
    });
  }

  async run(name: string, event: string, payload: unknown): Promise<Ack<unknown>> {
    return (
      (await this.runHere(name, event, payload)) ??
      (this.config.redisUrl === null ? null : await this.runElsewhere(name, event, payload)) ??
      refused(new WireException('unavailable', 'unable to call; the stream is not open').wire)
    );
  }

  /** `null`: the peer is not of this node. */
  private async runHere(
    name: string,
    event: string,
    payload: unknown,
  ): Promise<Ack<unknown> | null> {
    const peer = this.peers.find(name);
    return peer ? this.commands.run(peer, event, payload) : null;
  }

  private async runElsewhere(
    name: string,
    event: string,
    payload: unknown,
  ): Promise<Ack<unknown> | null> {
    const answers = await this.realtime.namespace
      .serverSideEmitWithAck(FORWARDED, name, event, payload)
      // A node that died owes an answer; the others' have come.
      .catch(({ responses }: { responses?: (Ack<unknown> | null)[] }) => responses ?? []);
    return answers.find((answer) => answer !== null) ?? null;
  }
}

const FORWARDED = 'command';
