const longest = 60;

/** A name out of a model file as it may stand in a sentence: short, and without control characters. */
export function quote(name: string | undefined): string {
  return JSON.stringify((name ?? '').slice(0, longest));
}
