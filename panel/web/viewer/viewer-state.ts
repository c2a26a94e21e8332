import type { ReadonlySignal, Signal } from '@preact/signals';
import { batch, computed, signal } from '@preact/signals';
import type { ImageView } from '../../exam-detail.ts';
import type { LoadedImage } from './painter.ts';
import type { Placement, Point, Size } from './placement.ts';
import { centred, fitted, moved, sizeOf, zoomed } from './placement.ts';
import type { Failure } from './preview-store.ts';
import { PreviewError } from './preview-store.ts';
import type { Window } from './window-level.ts';
import { dragged, shifted, widened } from './window-level.ts';

export type Load = (view: ImageView, progress?: (share: number) => void) => Promise<LoadedImage>;

/** What a drag with one finger or the first button does. */
export type DragMode = 'window' | 'move';

/** Which image is looked at and how. Knows nothing of the screen but its size. */
export class ViewerState {
  readonly images: Signal<readonly ImageView[]>;
  readonly index: Signal<number>;
  /** The image that is drawn; the one before until a new one has come. */
  readonly loaded = signal<LoadedImage | undefined>(undefined);
  /** Share of the image that has come, 0 to 1; undefined while nothing is on its way. */
  readonly progress = signal<number | undefined>(0);
  readonly failure = signal<Failure | undefined>(undefined);
  readonly window: Signal<Window>;
  readonly stage = signal<Size>({ width: 1, height: 1 });
  readonly drag = signal<DragMode>('window');
  readonly placement: ReadonlySignal<Placement>;
  /** Undefined: the whole image, whatever the size of the stage. */
  readonly #placed = signal<Placement | undefined>(undefined);
  readonly #load: Load;

  constructor(images: readonly ImageView[], first: number, load: Load) {
    this.images = signal(images);
    this.index = signal(first);
    this.window = signal(firstWindow(images[first]));
    this.#load = load;
    this.placement = computed(() => {
      const placed = this.#placed.value;
      const [image, stage] = [this.#size(), this.stage.value];
      return placed ? moved(placed, { x: 0, y: 0 }, image, stage) : fitted(image, stage);
    });
  }

  get current(): ImageView | undefined {
    return this.images.value[this.index.value];
  }

  /** Takes over images that were made again or that have come, and stays at the one that is looked at. */
  replace(images: readonly ImageView[]): void {
    if (JSON.stringify(images) === JSON.stringify(this.images.peek())) return;
    const at = images.findIndex(({ id }) => id === this.images.peek()[this.index.peek()]?.id);
    batch(() => {
      this.images.value = images;
      this.index.value = Math.max(0, at);
    });
    void this.show(this.index.peek());
  }

  /** Goes to an image and gets it, then those around it, the nearest first. */
  async show(index: number): Promise<void> {
    const images = this.images.peek();
    const to = Math.min(images.length - 1, Math.max(0, index));
    const view = images[to];
    if (!view) return;
    batch(() => {
      this.index.value = to;
      this.failure.value = undefined;
      this.progress.value = this.loaded.peek()?.view === view ? undefined : 0;
    });
    await this.#get(view);
    for (const near of nearest(images, to)) await this.#load(near).catch(() => undefined);
  }

  async #get(view: ImageView): Promise<void> {
    const isWanted = () => this.current === view;
    try {
      const image = await this.#load(view, (share) => {
        if (isWanted()) this.progress.value = share;
      });
      if (isWanted()) this.#take(image);
    } catch (error) {
      if (!isWanted()) return;
      this.failure.value = error instanceof PreviewError ? error.failure : 'damaged';
      this.progress.value = undefined;
    }
  }

  /** What was chosen for the image before holds for the next of the same kind. */
  #take(image: LoadedImage): void {
    const before = this.loaded.peek()?.view;
    batch(() => {
      if (!before || !sameWindows(before, image.view)) this.window.value = firstWindow(image.view);
      if (!before || !sameSize(before, image.view)) this.#placed.value = undefined;
      this.loaded.value = image;
      this.progress.value = undefined;
    });
  }

  step(by: number): void {
    void this.show(this.index.peek() + by);
  }

  /** Starts again: the whole image in its first window. */
  reset(): void {
    batch(() => {
      this.#placed.value = undefined;
      this.window.value = firstWindow(this.current);
    });
  }

  brighten(share: number): void {
    this.window.value = shifted(this.window.peek(), -share, this.#inverted);
  }

  contrast(factor: number): void {
    this.window.value = widened(this.window.peek(), 1 / factor);
  }

  dragWindow(by: Point): void {
    this.window.value = dragged(this.window.peek(), by.x, by.y, this.#inverted);
  }

  /** About a point of the stage, by default its middle. */
  zoom(factor: number, at?: Point): void {
    const { width, height } = this.stage.peek();
    const about = at ?? { x: width / 2, y: height / 2 };
    this.#place((from, image, stage) => zoomed(from, factor, about, image, stage));
  }

  move(by: Point): void {
    this.#place((from, image, stage) => moved(from, by, image, stage));
  }

  centre(at: Point): void {
    this.#place((from, image, stage) => centred(from, at, image, stage));
  }

  #place(change: (from: Placement, image: Size, stage: Size) => Placement): void {
    this.#placed.value = change(this.placement.peek(), this.#size(), this.stage.peek());
  }

  get #inverted(): boolean {
    return this.loaded.peek()?.view.inverted ?? false;
  }

  #size(): Size {
    const view = this.loaded.value?.view ?? this.current;
    return view ? sizeOf(view) : { width: 1, height: 1 };
  }
}

function firstWindow(view: ImageView | undefined): Window {
  const { center, width } = view?.windows[0] ?? { center: 0, width: 1 };
  return { center, width };
}

function sameWindows(a: ImageView, b: ImageView): boolean {
  return JSON.stringify(a.windows) === JSON.stringify(b.windows);
}

function sameSize(a: ImageView, b: ImageView): boolean {
  return a.rows === b.rows && a.columns === b.columns && a.aspect === b.aspect;
}

function nearest(images: readonly ImageView[], to: number): ImageView[] {
  const places = [...images.keys()].filter((place) => place !== to);
  places.sort((a, b) => Math.abs(a - to) - Math.abs(b - to));
  return places.flatMap((place) => images[place] ?? []);
}
