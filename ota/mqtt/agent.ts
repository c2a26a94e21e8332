import { createHash } from 'node:crypto';
import { type Cancel, type Clock, sleep } from '../../device/clock.ts';
import type { ScansideError } from '../../device/errors.ts';
import type { Birth } from '../messages/birth.ts';
import type { CommandName } from '../messages/command.ts';
import type { State } from '../messages/state.ts';
import { reconnectDelay } from './backoff.ts';
import type { BrokerLink, BrokerSettings, Incoming, LinkEvents } from './broker-link.ts';
import { encodeMessage, type Message, type MessageName, messages } from './contract.ts';
import { FileClient } from './file-client.ts';
import { type CommandVerdict, judgeCommand } from './incoming-command.ts';
import type { Body, MessageQueue } from './message-queue.ts';
import { QueuePump } from './queue-pump.ts';
import type { QueuedName } from './queue-rule.ts';
import { downTopic, downTopics, parseTopic, upTopic } from './topics.ts';

export interface AgentOptions {
  /** Common name of the device's certificate. */
  device: string;
  queue: MessageQueue;
  clock: Clock;
  /** 0 to 1, for the time between attempts. */
  random(): number;
  dial(will: BrokerSettings['will'], events: LinkEvents): Promise<BrokerLink>;
  /** What the device is. */
  birth(): Omit<Birth, 'schema' | 'bdSeq' | 'at' | 'commands'>;
  /** What it runs. */
  models(): State['models'];
  /** An assignment has come: a signed envelope, not looked at yet. The same may come again. */
  desired(envelope: Buffer): void;
  /** Those that it knows. */
  commands: Partial<Record<CommandName, () => void | Promise<void>>>;
  log(event: string, fields: Record<string, unknown>): void;
}

/** A connection that has held for so long counts as one, as does one that has carried part of a file. */
const steadyMs = 30_000;
/** Longest time that taking leave may last. */
const goodbyeMs = 2000;
/** Commands that are remembered, so that none is done twice. */
const mostCommands = 256;

/**
 * The device's side of the broker: keeps a connection, says what waits in the queue, and hears what the fleet wants. What
 * it is handed is kept for weeks without one.
 */
export class MqttAgent {
  readonly files: FileClient;
  readonly #options: AgentOptions;
  readonly #commands = new Set<string>();
  #desired: State['desired'];
  #link: BrokerLink | undefined;
  #pump: QueuePump | undefined;
  #cancelDial: Cancel | undefined;
  #failures = 0;
  #connectedAt = 0;
  #bdSeq = 0;
  #closed = false;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.files = new FileClient(options.device, options.clock);
  }

  get isConnected(): boolean {
    return this.#link !== undefined;
  }

  /** Messages that wait for the broker. */
  get waiting(): number {
    return this.#options.queue.standing.waiting;
  }

  start(): void {
    void this.#dial();
  }

  /** Keeps a message until the broker has it. Throws INTERNAL where it is not as its schema says. */
  tell<N extends QueuedName>(name: N, body: Body<N>, correlation?: Buffer): void {
    this.#options.queue.add(name, body, correlation);
    this.#pump?.run();
  }

  /** To be called when what the device runs may have changed. */
  async refreshState(): Promise<void> {
    const { version, content } = this.#versioned();
    await this.#say('state', { schema: 1, version, at: this.#options.clock.now(), ...content });
  }

  /** Takes its leave where it is connected. What waits stays for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelDial?.();
    const { clock, queue } = this.#options;
    // A broker that no longer answers must not hold up the end.
    if (this.#link) await Promise.race([this.#sayGoodbye(this.#link), sleep(clock, goodbyeMs)]);
    this.#leave();
    this.files.end();
    queue.close();
  }

  async #sayGoodbye(link: BrokerLink): Promise<void> {
    await this.#say('lwt', { schema: 1, bdSeq: this.#bdSeq, because: 'stopped' });
    this.#leave();
    await link.end();
  }

  async #dial(): Promise<void> {
    const { queue, device, dial, clock } = this.#options;
    try {
      this.#bdSeq = Number(queue.remember('bdSeq', String(Number(queue.recall('bdSeq') ?? 0) + 1)));
      const payload = encodeMessage('lwt', { schema: 1, bdSeq: this.#bdSeq, because: 'lost' });
      const will = { topic: upTopic(device, 'lwt'), payload, schema: 'lwt' };
      const link = await dial(will, {
        received: (message) => this.#receive(message),
        lost: (because) => this.#lost(because),
      });
      if (this.#closed) return void link.end();
      this.#connectedAt = clock.monotonic();
      await this.#greet(link);
    } catch (error) {
      this.#retry(error as ScansideError);
    }
  }

  /** First who it is, then what waits. */
  async #greet(link: BrokerLink): Promise<void> {
    const { device, birth, log, clock, queue, commands } = this.#options;
    this.#link = link;
    await link.subscribe(downTopics.map((name) => downTopic(device, name)));
    const said = { schema: 1, bdSeq: this.#bdSeq, at: clock.now(), ...birth() } as const;
    await this.#say('birth', { ...said, commands: Object.keys(commands) });
    await this.refreshState();
    if (this.#link !== link) return;
    this.files.use(link);
    const held = (name: QueuedName, because: string) => log('message held', { name, because });
    this.#pump = new QueuePump(link, { device, queue, clock, held });
    this.#pump.run();
    log('broker connected', { bdSeq: this.#bdSeq });
  }

  #leave(): void {
    this.#link = undefined;
    this.#pump?.close();
    this.#pump = undefined;
    this.files.use(undefined);
  }

  #lost(because: string): void {
    if (this.#closed) return;
    const { log, clock } = this.#options;
    const isSteady = clock.monotonic() - this.#connectedAt >= steadyMs;
    if (isSteady || this.files.hasCarried) this.#failures = 0;
    log('broker lost', { because });
    this.#leave();
    this.#later();
  }

  #retry(error: ScansideError): void {
    if (this.#closed) return;
    this.#options.log('broker not reached', { error: String(error) });
    const link = this.#link;
    this.#leave();
    void link?.end();
    this.#later();
  }

  #later(): void {
    const { clock, random } = this.#options;
    this.#cancelDial?.();
    const delay = reconnectDelay(this.#failures++, random());
    this.#cancelDial = clock.after(delay, () => void this.#dial());
  }

  /** Says what is so now; without a connection it is said with the next one. */
  async #say<N extends MessageName>(name: N, message: Message<N>): Promise<void> {
    const { topic, retained } = messages[name];
    if (!this.#link || topic.direction !== 'up') return;
    const payload = encodeMessage(name, message);
    await this.#link
      .publish(upTopic(this.#options.device, topic.name), payload, {
        schema: name,
        retain: retained,
      })
      .catch((error: unknown) => this.#options.log('broker refused', { error: String(error) }));
  }

  /** What is reported, with a version that grows when the rest changes; durable. */
  #versioned() {
    const { queue, models } = this.#options;
    const content = { ...(this.#desired && { desired: this.#desired }), models: models() };
    const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
    const [known, before = '0'] = (queue.recall('state') ?? '').split(' ');
    const version = digest === known ? Number(before) : Number(before) + 1;
    if (digest !== known) queue.remember('state', `${digest} ${version}`);
    return { version, content };
  }

  #receive(message: Incoming): void {
    const parts = parseTopic(message.topic);
    if (parts?.direction !== 'down' || parts.device !== this.#options.device) return;
    if (parts.name === 'file') this.files.receive(message);
    else if (parts.name === 'cmd') this.#obey(message).catch(this.#note);
    else this.#desire(message.payload);
  }

  /** What the disk does not take stops nothing. */
  readonly #note = (error: unknown): void =>
    this.#options.log('broker link', { error: String(error) });

  /** An empty one means that nothing is desired any more; the device stays as it is. */
  #desire(envelope: Buffer): void {
    if (envelope.length === 0) return;
    this.#desired = { sha256: createHash('sha256').update(envelope).digest('hex') };
    this.#options.desired(envelope);
    this.refreshState().catch(this.#note);
  }

  async #obey(message: Incoming): Promise<void> {
    const { clock, device, log } = this.#options;
    const replyTopic = upTopic(device, 'reply');
    const verdict = judgeCommand(message, { now: clock.now(), replyTopic });
    if (verdict.kind === 'ignored') return log('command ignored', { error: String(verdict.error) });
    if (!this.#isNew(verdict.correlation.toString('hex'))) return;
    this.tell('command-reply', await this.#execute(verdict), verdict.correlation);
  }

  async #execute({ kind, command: { command } }: Exclude<CommandVerdict, { kind: 'ignored' }>) {
    if (kind === 'expired') return { command, status: 'expired' } as const;
    const run = this.#options.commands[command];
    if (kind === 'refused' || !run)
      return { command, status: 'refused', code: 'MQTT_COMMAND_REFUSED' } as const;
    try {
      await run();
      return { command, status: 'done' } as const;
    } catch (error) {
      this.#options.log('command failed', { command, error: String(error) });
      return { command, status: 'failed' } as const;
    }
  }

  #isNew(correlation: string): boolean {
    if (this.#commands.has(correlation)) return false;
    this.#commands.add(correlation);
    const [oldest] = this.#commands;
    if (this.#commands.size > mostCommands && oldest !== undefined) this.#commands.delete(oldest);
    return true;
  }
}
