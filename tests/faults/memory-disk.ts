import { dirname } from 'node:path';
import type { Files } from '../../device/files.ts';
import type { Random } from '../random-pdu.ts';

/** A sector reaches the disk whole or not at all. */
const sector = 512;

interface MemoryFile {
  data: Buffer;
  /** What a power cut leaves for certain. */
  durable: Buffer;
  /** What lies between was given up by a failed sync: no later sync writes it. */
  lost: { from: number; to: number } | undefined;
}

/** Files in memory that know what is on stable storage. Folders are there as soon as something lies in them. */
export class MemoryDisk implements Files {
  readonly #names = new Map<string, MemoryFile>();
  readonly #durableNames = new Map<string, MemoryFile>();
  readonly #open = new Map<number, MemoryFile>();
  #lastFd = 2;

  /** Descriptors that nobody has closed. */
  get openCount(): number {
    return this.#open.size;
  }

  create(path: string): number {
    if (this.#names.has(path)) throw failure('EEXIST');
    const file = emptyFile();
    this.#names.set(path, file);
    return this.#descriptor(file);
  }

  openToRead(path: string): number {
    return this.#descriptor(this.#find(path));
  }

  openToUpdate(path: string): number {
    return this.#descriptor(this.#find(path));
  }

  openToAppend(path: string): number {
    return this.#descriptor(this.#find(path));
  }

  close(fd: number): void {
    if (!this.#open.delete(fd)) throw failure('EBADF');
  }

  write(fd: number, buffer: Uint8Array, start: number, end: number): void {
    const file = this.#file(fd);
    file.data = Buffer.concat([file.data, buffer.subarray(start, end)]);
  }

  read(fd: number, buffer: Uint8Array, position: number): number {
    return this.#file(fd).data.copy(buffer, 0, position);
  }

  size(fd: number): number {
    return this.#file(fd).data.length;
  }

  truncate(fd: number, length: number): void {
    const file = this.#file(fd);
    file.data = file.data.subarray(0, length);
    if (file.lost) file.lost.to = Math.min(file.lost.to, length);
  }

  async sync(fd: number): Promise<void> {
    const file = this.#file(fd);
    const { data, lost } = file;
    const written = Buffer.from(data);
    if (lost) written.fill(0, lost.from, Math.max(lost.from, lost.to));
    await Promise.resolve();
    file.durable = written;
  }

  /** What a failed sync does: the kernel takes what it could not write for written. */
  giveUp(fd: number): void {
    const file = this.#file(fd);
    const from = Math.min(file.durable.length, file.lost?.from ?? Infinity);
    file.lost = { from, to: file.data.length };
  }

  async syncFolder(path: string): Promise<void> {
    await Promise.resolve();
    this.#syncNames(path);
  }

  makeFolder(): void {}

  list(path: string): string[] {
    const below = [...this.#names.keys()].filter((name) => name.startsWith(`${path}/`));
    const names = below.map((name) => name.slice(path.length + 1).split('/', 1)[0]!);
    return [...new Set(names)].sort();
  }

  exists(path: string): boolean {
    return this.#names.has(path);
  }

  isPlainFile(path: string): boolean {
    return this.exists(path);
  }

  isFolder(path: string): boolean {
    return [...this.#names.keys()].some((name) => name.startsWith(`${path}/`));
  }

  readText(path: string): string {
    return this.readBytes(path).toString();
  }

  readBytes(path: string): Buffer {
    return Buffer.from(this.#find(path).data);
  }

  createWhole(path: string, content: Uint8Array): boolean {
    if (this.exists(path)) return false;
    this.replace(path, content);
    return true;
  }

  isPrivate(): boolean {
    return true;
  }

  replace(path: string, content: string | Uint8Array): void {
    const data = Buffer.from(content);
    this.#names.set(path, { data, durable: data, lost: undefined });
    this.#syncNames(dirname(path));
  }

  remove(path: string): void {
    this.#names.delete(path);
  }

  removeFolder(path: string): void {
    for (const name of this.list(path)) this.remove(`${path}/${name}`);
  }

  space(): { free: number; total: number } {
    return { free: 2 ** 40, total: 2 ** 40 };
  }

  /** The disk as a power cut leaves it: what was not synced is there, or torn, or not, as `random` says. */
  afterPowerCut(random: Random): MemoryDisk {
    const after = new MemoryDisk();
    for (const [path, file] of new Map([...this.#names, ...this.#durableNames])) {
      const durable = this.#durableNames.get(path) === file;
      const named = this.#names.get(path) === file;
      if ((durable && named) || random.bool()) after.replace(path, tear(file, random));
    }
    return after;
  }

  #syncNames(folder: string): void {
    for (const path of this.#durableNames.keys())
      if (dirname(path) === folder && !this.#names.has(path)) this.#durableNames.delete(path);
    for (const [path, file] of this.#names)
      if (dirname(path) === folder) this.#durableNames.set(path, file);
  }

  #descriptor(file: MemoryFile): number {
    this.#lastFd += 1;
    this.#open.set(this.#lastFd, file);
    return this.#lastFd;
  }

  #file(fd: number): MemoryFile {
    const file = this.#open.get(fd);
    if (!file) throw failure('EBADF');
    return file;
  }

  #find(path: string): MemoryFile {
    const file = this.#names.get(path);
    if (!file) throw failure('ENOENT');
    return file;
  }
}

/** What Node throws. */
export function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function emptyFile(): MemoryFile {
  return { data: Buffer.alloc(0), durable: Buffer.alloc(0), lost: undefined };
}

/** The synced content, then as many sectors of what came after as had been written; some files end in zeros. */
function tear({ data, durable, lost }: MemoryFile, random: Random): Buffer {
  const current = Buffer.from(data);
  if (lost) current.fill(0, lost.from, Math.max(lost.from, lost.to));
  const same = commonLength(current, durable);
  const first = Math.floor(same / sector);
  const cut = Math.min(
    (first + random.below(1 + Math.ceil(current.length / sector) - first)) * sector,
    current.length,
  );
  const kept = current.subarray(0, Math.max(cut, same));
  const old = durable.subarray(kept.length);
  const zeros = Buffer.alloc(
    random.bool() ? Math.max(0, current.length - kept.length - old.length) : 0,
  );
  return Buffer.concat([kept, old, zeros]);
}

function commonLength(one: Buffer, other: Buffer): number {
  const length = Math.min(one.length, other.length);
  if (one.subarray(0, length).equals(other.subarray(0, length))) return length;
  return one.findIndex((byte, at) => byte !== other[at]);
}
