/** Where the bytes of a repository's files come from: HTTPS, a broker, a removable disk. */
export interface ChunkSource {
  /**
   * Bytes of a file from an offset on: at least one and `length` at most, fewer where the link has ended before. `target`
   * is the file's name below the repository's targets, with its hash (`storedName`). What comes is not believed: whoever
   * calls verifies it. Throws UPDATE_UNREACHABLE, UPDATE_TOO_SLOW.
   */
  read(target: string, offset: number, length: number): Promise<Uint8Array>;
}
