import fs from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';

/**
 * The one way to the disk. Everything that stores or reads files takes a Files as an argument, so that a test can
 * inject a full disk, a torn write or an I/O error. Calls fail with Node's own error (`code` ENOSPC, EIO, ...).
 */
export interface Files {
  /** Creates a file that must not exist yet, for reading and for appending. Returns the descriptor. */
  create(path: string): number;
  openToRead(path: string): number;
  openToUpdate(path: string): number;
  /** An existing file, for reading and for appending. */
  openToAppend(path: string): number;
  close(fd: number): void;
  /** Appends all of `buffer[start, end)` to a created file. Blocks; goes to the page cache. */
  write(fd: number, buffer: Uint8Array, start: number, end: number): void;
  /** Fills `buffer` from `position`; returns how many bytes there were. */
  read(fd: number, buffer: Uint8Array, position: number): number;
  size(fd: number): number;
  truncate(fd: number, length: number): void;
  /** Resolves when the file's data and length are on stable storage (fdatasync). */
  sync(fd: number): Promise<void>;
  /** Makes created, renamed and removed names in a folder durable. */
  syncFolder(path: string): Promise<void>;
  makeFolder(path: string): void;
  /** Names in a folder, sorted; empty when the folder does not exist. */
  list(path: string): string[];
  exists(path: string): boolean;
  /** The name is a file itself: no folder, device, or link to a file. */
  isPlainFile(path: string): boolean;
  /** The name is a folder itself, not a link to one. */
  isFolder(path: string): boolean;
  readText(path: string): string;
  readBytes(path: string): Buffer;
  /**
   * Creates a file with its whole content; durable on return. False, and nothing is changed, where there is one already:
   * of several that try at once one succeeds.
   */
  createWhole(path: string, content: Uint8Array): boolean;
  /** Nobody but its owner may read or write the file. */
  isPrivate(path: string): boolean;
  /** Replaces a file so that a reader sees the old or the new content, never a part; durable on return. */
  replace(path: string, content: string | Uint8Array): void;
  remove(path: string): void;
  /** Removes a folder and all that is in it. */
  removeFolder(path: string): void;
  /** Bytes free for this process and bytes in all, on the file system that holds `path`. */
  space(path: string): { free: number; total: number };
}

function writeAll(fd: number, buffer: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end;) at += fs.writeSync(fd, buffer, at, end - at);
}

function syncFolderNow(path: string): void {
  const fd = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function writeDurably(path: string, content: string | Uint8Array): void {
  const fd = fs.openSync(path, 'w', 0o600);
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    writeAll(fd, bytes, 0, bytes.length);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function replace(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.tmp`;
  writeDurably(temporary, content);
  fs.renameSync(temporary, path);
  syncFolderNow(dirname(path));
}

/** A link, unlike a rename, fails where the name is taken. */
function createWhole(path: string, content: Uint8Array): boolean {
  const temporary = `${path}.${process.pid}.tmp`;
  writeDurably(temporary, content);
  try {
    fs.linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(temporary, { force: true });
    syncFolderNow(dirname(path));
  }
}

function sync(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fdatasync(fd, (error) => (error ? reject(error) : resolve()));
  });
}

async function syncFolder(path: string): Promise<void> {
  const folder = await fs.promises.open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export const disk: Files = {
  create: (path) => fs.openSync(path, 'ax+', 0o600),
  openToRead: (path) => fs.openSync(path, 'r'),
  openToUpdate: (path) => fs.openSync(path, 'r+'),
  // Append and read, but not O_CREAT.
  openToAppend: (path) => fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_APPEND),
  close: (fd) => fs.closeSync(fd),
  write: writeAll,
  read: (fd, buffer, position) => fs.readSync(fd, buffer, 0, buffer.length, position),
  size: (fd) => fs.fstatSync(fd).size,
  truncate: (fd, length) => fs.ftruncateSync(fd, length),
  sync,
  syncFolder,
  makeFolder: (path) => void fs.mkdirSync(path, { recursive: true, mode: 0o700 }),
  list: (path) => (fs.existsSync(path) ? fs.readdirSync(path).sort() : []),
  exists: (path) => fs.existsSync(path),
  isPlainFile: (path) => fs.lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
  isFolder: (path) => fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  readText: (path) => fs.readFileSync(path, 'utf8'),
  readBytes: (path) => fs.readFileSync(path),
  createWhole,
  isPrivate: (path) => (fs.statSync(path).mode & 0o077) === 0,
  replace,
  remove: (path) => fs.rmSync(path, { force: true }),
  removeFolder: (path) => fs.rmSync(path, { recursive: true, force: true }),
  space(path) {
    const { bavail, blocks, bsize } = fs.statfsSync(path);
    return { free: bavail * bsize, total: blocks * bsize };
  },
};
