import { signal } from '@preact/signals';

/** A picture of where a model reacted, while it is held. */
export interface Held {
  imageId: string;
  finding: string;
  overlay: HTMLCanvasElement;
  since: number;
}

export interface HoldingPorts {
  load(imageId: string, finding: string): Promise<HTMLCanvasElement | undefined>;
  /** Steady clock, milliseconds. */
  now(): number;
  /** Told of each showing when it ends. */
  report(imageId: string, finding: string, heldMs: number): void;
}

/** Shows where a model reacted for as long as somebody presses, and never longer. */
export class Holding {
  readonly shown = signal<Held | undefined>(undefined);
  readonly failed = signal(false);
  readonly #ports: HoldingPorts;
  readonly #overlays = new Map<string, HTMLCanvasElement>();
  #wanted = '';

  constructor(ports: HoldingPorts) {
    this.#ports = ports;
  }

  async press(imageId: string, finding: string): Promise<void> {
    const name = `${imageId} ${finding}`;
    if (this.#wanted === name) return;
    this.release();
    this.#wanted = name;
    const overlay = this.#overlays.get(name) ?? (await this.#ports.load(imageId, finding));
    this.failed.value = !overlay;
    if (!overlay) return;
    this.#overlays.set(name, overlay);
    // Who has let go meanwhile is not shown it.
    if (this.#wanted !== name) return;
    this.shown.value = { imageId, finding, overlay, since: this.#ports.now() };
  }

  release(): void {
    this.#wanted = '';
    const held = this.shown.peek();
    if (!held) return;
    this.shown.value = undefined;
    const heldMs = Math.round(this.#ports.now() - held.since);
    this.#ports.report(held.imageId, held.finding, heldMs);
  }
}
