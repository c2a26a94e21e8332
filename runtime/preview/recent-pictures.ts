import type { Picture } from '../../panel/exam-detail.ts';

/** Pictures in memory, the longest unused forgotten first. */
export class RecentPictures {
  readonly #limit: number;
  readonly #pictures = new Map<string, Picture>();
  #bytes = 0;

  /** `limit`: bytes of all of them together. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(name: string): Picture | undefined {
    const picture = this.#pictures.get(name);
    if (picture) {
      this.#pictures.delete(name);
      this.#pictures.set(name, picture);
    }
    return picture;
  }

  add(name: string, picture: Picture): void {
    this.delete(name);
    this.#pictures.set(name, picture);
    this.#bytes += picture.bytes.length;
    for (const oldest of this.#pictures.keys()) {
      if (this.#bytes <= this.#limit) return;
      this.delete(oldest);
    }
  }

  /** Forgets every picture whose name begins so. */
  deleteAll(beginning: string): void {
    for (const name of this.#pictures.keys()) if (name.startsWith(beginning)) this.delete(name);
  }

  delete(name: string): void {
    this.#bytes -= this.#pictures.get(name)?.bytes.length ?? 0;
    this.#pictures.delete(name);
  }
}
