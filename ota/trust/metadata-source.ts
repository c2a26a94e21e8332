/** Where a repository's files come from: HTTPS, a broker, a removable disk. */
export interface MetadataSource {
  /**
   * The bytes of a file of at most `maxLength` bytes, or undefined where the repository itself says that it has none of
   * that name. Throws UPDATE_UNREACHABLE for every other answer: "forbidden" is no proof that there is nothing newer.
   * Throws UPDATE_TOO_LONG and UPDATE_TOO_SLOW.
   */
  fetch(name: string, maxLength: number): Promise<Buffer | undefined>;
}
