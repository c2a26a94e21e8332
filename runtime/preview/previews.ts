import type { Clock } from '../../device/clock.ts';
import type { Files } from '../../device/files.ts';
import type { Keys } from '../../device/keys.ts';
import type { HeatMap } from '../../models/explanation/heat-map.ts';
import type { PreprocessStep } from '../../models/preprocess-step.ts';
import type { ExamDetail, ImageView, Picture } from '../../panel/exam-detail.ts';
import { extentOf } from '../inference/engine-job.ts';
import type { Place, ShownImage } from './directory.ts';
import { drawOverlay } from './overlay.ts';
import { makeFileKey, type PictureFile, readPicture, tagOf } from './picture-file.ts';
import { PictureShelf } from './picture-shelf.ts';
import { type ImageName, type Plan, planPreviews, type PreviewSubject } from './plan.ts';
import { type Ending, PreviewMaker } from './preview-maker.ts';
import type { PreviewOrder } from './preview-message.ts';
import { RecentPictures } from './recent-pictures.ts';

/** Where a network reacted, and the way of the image to it. */
export interface Reaction {
  map: HeatMap;
  steps: readonly PreprocessStep[];
}

export interface PreviewsOptions {
  clock: Clock;
  files: Files;
  /** The device's root key. */
  keys: Keys;
  /** Where the pictures are kept, sealed. */
  folder: string;
  /** What there is to be shown of a study now; undefined where it is not known. Cheap: it is asked often. */
  subject(studyUid: string): PreviewSubject | undefined;
  /** What may be shown of a model's reaction; undefined where there is none or the profile does not allow it. */
  reaction(studyUid: string, image: ImageName, finding: string): Reaction | undefined;
  /** The key of a segment, where it has one. Throws where it is gone. */
  findKey(path: string): Uint8Array | undefined;
  /** Whether images wait for their analysis: then no picture is made. */
  isBusy?: () => boolean;
  /** Told when the pictures of a study have changed. */
  changed(studyUid: string): void;
  log(level: 'info' | 'warn', event: string, fields: Record<string, unknown>): void;
  limits?: Partial<PreviewLimits>;
}

export interface PreviewLimits {
  /** Bytes on the disk and in memory. */
  diskBytes: number;
  memoryBytes: number;
  /** Milliseconds that one image may take. */
  imageMs: number;
}

const gibibyte = 1024 ** 3;
const defaults: PreviewLimits = {
  diskBytes: 2 * gibibyte,
  memoryBytes: gibibyte / 16,
  imageMs: 120_000,
};

/** The pictures of a study as the panel asks for them. */
export type StudyPreviews = Pick<ExamDetail, 'images' | 'previews'>;

/**
 * Thumbnails and previews: made once, one study after the other, in a process that steps back behind everything else, kept
 * sealed on the disk, and found there again after a restart. Whoever asks never waits for a picture to be made.
 */
export class Previews {
  readonly #options: PreviewsOptions;
  readonly #shelf: PictureShelf;
  readonly #maker: PreviewMaker;
  readonly #recent: RecentPictures;
  /** Studies to be looked at, the next one first. */
  readonly #queue = new Set<string>();
  /** What is known of studies whose pictures are those of today's plan, or cannot be made. */
  readonly #known = new Map<string, 'ready' | 'none'>();
  #working: { studyUid: string; done: Promise<void> } | undefined;
  #closed = false;

  constructor(options: PreviewsOptions) {
    const { clock, isBusy, log } = options;
    const limits = { ...defaults, ...options.limits };
    this.#options = options;
    this.#shelf = new PictureShelf({
      ...options,
      limit: limits.diskBytes,
      damaged: (detail) => log('warn', 'previews damaged; they are made again', { detail }),
    });
    this.#maker = new PreviewMaker({ clock, isBusy, limitMs: limits.imageMs });
    this.#recent = new RecentPictures(limits.memoryBytes);
  }

  /** Process id of the child that makes pictures now; undefined while there is none. */
  get pid(): number | undefined {
    return this.#maker.pid;
  }

  /** Finds what an earlier run left; nothing is decoded for it. */
  load(): Promise<void> {
    return this.#shelf.load();
  }

  /** Makes the pictures of a study when its turn comes. Does nothing where they are there: harmless at any time. */
  make(studyUid: string): void {
    this.#known.delete(studyUid);
    this.#queue.add(studyUid);
    this.#work();
  }

  /** The images of a study that can be looked at. Where they are still to be made, this study's turn comes next. */
  images(studyUid: string): StudyPreviews {
    const shown = this.#shown(studyUid);
    if (typeof shown === 'string') return { images: [], previews: shown };
    return { images: shown.map(({ view }): ImageView => view), previews: 'ready' };
  }

  /** Entity tag of the thumbnail, or empty while there is none. */
  thumbnailTag(studyUid: string): string {
    return this.#shelf.find(studyUid)?.directory.thumbnail.etag ?? '';
  }

  async thumbnail(studyUid: string): Promise<Picture | undefined> {
    const file = this.#shelf.find(studyUid);
    return file && this.#read(studyUid, file, file.directory.thumbnail, 'image/png');
  }

  /** The bytes of an `ImageView`; undefined where there is none of that name. */
  async preview(studyUid: string, id: string): Promise<Picture | undefined> {
    const shown = this.#find(studyUid, id);
    const file = this.#shelf.find(studyUid);
    return shown && file && this.#read(studyUid, file, shown.place, 'application/octet-stream');
  }

  /** A transparent picture that covers the image; undefined where nothing may be shown. */
  async heatmap(studyUid: string, id: string, finding: string): Promise<Picture | undefined> {
    const shown = this.#find(studyUid, id);
    const reaction = shown && this.#options.reaction(studyUid, shown, finding);
    if (!reaction) return undefined;
    const { map, steps } = reaction;
    const { buffer, byteOffset, byteLength } = map.values;
    const values = tagOf(new Uint8Array(buffer, byteOffset, byteLength));
    const name = `${studyUid} ${id} ${finding} ${values}`;
    return this.#remember(name, () => {
      const bytes = drawOverlay(map, { source: shown.source, steps });
      return { type: 'image/png', bytes, etag: tagOf(bytes) };
    });
  }

  /** Destroys the pictures of a study, also those that are being made. To be called before the study itself is erased. */
  async erase(studyUid: string): Promise<void> {
    this.#queue.delete(studyUid);
    if (this.#working?.studyUid === studyUid) {
      this.#maker.stop();
      await this.#working.done;
    }
    this.#known.delete(studyUid);
    this.#recent.deleteAll(`${studyUid} `);
    await this.#shelf.erase(studyUid);
  }

  /** Ends what is under way; it is made after the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#maker.stop();
    await this.#working?.done;
  }

  #find(studyUid: string, id: string): ShownImage | undefined {
    const shown = this.#shown(studyUid);
    return typeof shown === 'string' ? undefined : shown.find(({ view }) => view.id === id);
  }

  /**
   * Only pictures of today's plan are shown: what an earlier run made under another profile may stand around a slice that
   * must not be told.
   */
  #shown(studyUid: string): ShownImage[] | 'making' | 'none' {
    const file = this.#shelf.find(studyUid);
    const known = this.#known.get(studyUid);
    if (known === 'none') return 'none';
    if (file && (known || this.#isCurrent(studyUid, file))) return file.directory.images;
    return this.#ask(studyUid);
  }

  #isCurrent(studyUid: string, { directory }: PictureFile): boolean {
    const isCurrent = directory.plan === this.#plan(studyUid)?.name;
    if (isCurrent) this.#known.set(studyUid, 'ready');
    return isCurrent;
  }

  #plan(studyUid: string): Plan | undefined {
    const subject = this.#options.subject(studyUid);
    return subject && planPreviews(subject);
  }

  /** Somebody looks at this study: it comes before all others. */
  #ask(studyUid: string): 'making' | 'none' {
    if (this.#working?.studyUid === studyUid) return 'making';
    if (!this.#queue.has(studyUid) && !this.#plan(studyUid)) return 'none';
    const others = [...this.#queue].filter((each) => each !== studyUid);
    this.#queue.clear();
    for (const each of [studyUid, ...others]) this.#queue.add(each);
    this.#work();
    return 'making';
  }

  #work(): void {
    const [studyUid] = this.#queue;
    if (this.#working || this.#closed || studyUid === undefined) return;
    this.#queue.delete(studyUid);
    const done = this.#workOn(studyUid);
    this.#working = { studyUid, done };
  }

  async #workOn(studyUid: string): Promise<void> {
    try {
      await this.#makeNow(studyUid);
    } catch (error) {
      await this.#fail(studyUid, String(error));
    } finally {
      this.#working = undefined;
      this.#work();
    }
  }

  async #makeNow(studyUid: string): Promise<void> {
    const plan = this.#plan(studyUid);
    const file = this.#shelf.find(studyUid);
    if (!plan || file?.directory.plan === plan.name) return;
    let path = '';
    const ending = await this.#maker.make(async () => {
      path = await this.#shelf.clear(studyUid, plan.name);
      return this.#orderOf(plan, path);
    });
    if (ending.state === 'made' && (await this.#shelf.take(path)))
      return this.#finish(studyUid, ending);
    await this.#shelf.clear(studyUid, plan.name);
    if (ending.state !== 'stopped') await this.#fail(studyUid, ending.detail);
  }

  #finish(studyUid: string, { unreadable, detail }: Extract<Ending, { state: 'made' }>): void {
    const { log, changed } = this.#options;
    if (unreadable > 0) log('warn', 'images without a preview', { images: unreadable, detail });
    this.#recent.deleteAll(`${studyUid} `);
    changed(studyUid);
  }

  /** The study has no picture then, not even an earlier one. */
  async #fail(studyUid: string, detail: string): Promise<void> {
    const { log, changed } = this.#options;
    log('warn', 'previews not made', { detail });
    this.#known.set(studyUid, 'none');
    await this.#shelf.erase(studyUid);
    changed(studyUid);
  }

  #orderOf(plan: Plan, path: string): PreviewOrder {
    const { clock, keys, findKey } = this.#options;
    const { key, wrapped } = makeFileKey(keys);
    return {
      path,
      key: Buffer.from(key).toString('base64'),
      wrapped: Buffer.from(wrapped).toString('base64'),
      plan: plan.name,
      madeAt: clock.now(),
      region: plan.region,
      images: plan.images.map(({ instance, ...image }) => ({
        ...image,
        sopInstanceUid: instance.sopInstanceUid,
        image: extentOf({
          path: instance.path,
          offset: instance.offset,
          length: instance.length,
          key: findKey(instance.path),
          transferSyntaxUid: instance.transferSyntaxUid,
        }),
      })),
    };
  }

  async #read(
    studyUid: string,
    file: PictureFile,
    place: Place,
    type: Picture['type'],
  ): Promise<Picture | undefined> {
    try {
      const { etag } = place;
      return this.#remember(`${studyUid} ${etag}`, () => {
        const bytes = readPicture(this.#options.files, file, place);
        return { type, bytes, etag };
      });
    } catch (error) {
      this.#known.delete(studyUid);
      await this.#shelf.discard(file, error);
      this.make(studyUid);
      return undefined;
    }
  }

  #remember(name: string, make: () => Picture): Picture {
    const known = this.#recent.get(name);
    if (known) return known;
    const picture = make();
    this.#recent.add(name, picture);
    return picture;
  }
}
