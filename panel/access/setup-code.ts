import { randomInt, timingSafeEqual } from 'node:crypto';

/** No letter or digit that looks like another. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const groups = 3;
const groupLength = 4;

/** Whoever can read the appliance's log may make the first administrator: a code that is made anew at each start. */
export class SetupCode {
  readonly text: string;
  readonly #isSetUp: () => boolean;

  constructor(isSetUp: () => boolean) {
    this.#isSetUp = isSetUp;
    this.text = Array.from({ length: groups }, makeGroup).join('-');
  }

  /** Whether this is the code, in capitals or not, with dashes or not, and there is no account yet. */
  accepts(typed: string): boolean {
    const plain = (text: string) => Buffer.from(text.toUpperCase().replaceAll(/[\s-]/g, ''));
    const [given, own] = [plain(typed), plain(this.text)];
    return given.length === own.length && timingSafeEqual(given, own) && !this.#isSetUp();
  }
}

function makeGroup(): string {
  return Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join('');
}
