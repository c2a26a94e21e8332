/** A4 and its margins, points. */
const page = { width: 595, height: 842, margin: 56 };

/** Widths of Helvetica from the space to the tilde, thousandths of its size (Adobe's metrics of the standard fonts). */
const widths = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
  556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
  611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
  667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
  222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
const usualWidth = 600;
/** Bold letters are somewhat wider. */
const boldFactor = 1.08;

/** What WinAnsiEncoding has above Latin 1 (PDF 32000-1 annex D). */
const winAnsi: Record<string, number> = {
  '’': 0x92,
  '‘': 0x91,
  '“': 0x93,
  '”': 0x94,
  '–': 0x96,
  '—': 0x97,
  '•': 0x95,
  '…': 0x85,
  '€': 0x80,
};

export interface TextStyle {
  /** Points; 9 where absent. */
  size?: number;
  bold?: boolean;
  /** Points from the left margin. */
  indent?: number;
}

/** A PDF 1.4 of lines of text, in the fonts that every reader has. What is no letter of Western Europe becomes "?". */
export class PdfDocument {
  readonly #title: string;
  readonly #pages: string[][] = [[]];
  #y = page.height - page.margin;

  constructor(title: string) {
    this.#title = title;
  }

  /** Adds a paragraph, broken into lines and pages as it needs. */
  text(text: string, { size = 9, bold = false, indent = 0 }: TextStyle = {}): void {
    const width = page.width - 2 * page.margin - indent;
    for (const line of breakLines(text, width / (size * (bold ? boldFactor : 1)))) {
      this.gap(size * 1.35);
      const at = `${page.margin + indent} ${this.#y.toFixed(1)} Td`;
      this.#pages.at(-1)!.push(`BT /${bold ? 'B' : 'R'} ${size} Tf ${at} (${escape(line)}) Tj ET`);
    }
  }

  /** Moves down, to the next page where this one is full. */
  gap(points: number): void {
    this.#y -= points;
    if (this.#y >= page.margin) return;
    this.#pages.push([]);
    this.#y = page.height - page.margin - points;
  }

  end(): Buffer {
    const first = 5;
    const kids = this.#pages.map((_, at) => `${first + 2 * at} 0 R`).join(' ');
    const font = (name: string) =>
      `<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`;
    const objects = [
      '<< /Type /Catalog /Pages 2 0 R >>',
      `<< /Type /Pages /Kids [${kids}] /Count ${this.#pages.length} /MediaBox [0 0 ${page.width} ${page.height}] >>`,
      font('Helvetica'),
      font('Helvetica-Bold'),
      ...this.#pages.flatMap((lines, at) => pageObjects(lines.join('\n'), first + 2 * at)),
      `<< /Title (${escape(this.#title)}) /Producer (Scanside) >>`,
    ];
    return assemble(objects);
  }
}

function pageObjects(content: string, number: number): string[] {
  const fonts = '/Font << /R 3 0 R /B 4 0 R >>';
  return [
    `<< /Type /Page /Parent 2 0 R /Resources << ${fonts} >> /Contents ${number + 1} 0 R >>`,
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
  ];
}

/** Objects with their numbers, and the table that says where each begins (PDF 32000-1 7.5). */
function assemble(objects: readonly string[]): Buffer {
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, at) => {
    const offset = text.length;
    text += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`);
  const size = objects.length + 1;
  const trailer = `trailer\n<< /Size ${size} /Root 1 0 R /Info ${size - 1} 0 R >>`;
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${rows.join('')}${trailer}`;
  return Buffer.from(`${text}${table}\nstartxref\n${text.length}\n%%EOF\n`, 'latin1');
}

/** Lines of at most `room` ems, broken at spaces, within a word where it has none. */
function breakLines(text: string, room: number): string[] {
  const lines = [''];
  for (const word of text.split(/\s+/).flatMap((part) => chop(part, room))) {
    const longer = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`;
    if (widthOf(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function chop(word: string, room: number): string[] {
  const parts = [''];
  for (const letter of word) {
    if (widthOf(parts.at(-1)! + letter) > room) parts.push('');
    parts[parts.length - 1] += letter;
  }
  return parts;
}

function widthOf(text: string): number {
  const sum = Array.from(text).reduce(
    (all, letter) => all + (widths[letter.charCodeAt(0) - 32] ?? usualWidth),
    0,
  );
  return sum / 1000;
}

function escape(text: string): string {
  const letters = Array.from(text).map((letter) => {
    const code = winAnsi[letter] ?? letter.codePointAt(0)!;
    return code > 255 || code < 32 ? '?' : String.fromCharCode(code);
  });
  return letters.join('').replaceAll(/[\\()]/g, String.raw`\$&`);
}
