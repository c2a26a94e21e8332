import { expect, it, onTestFinished } from 'vitest';
import { makeDemoStudy } from '../demo/demo-studies.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import type { Reference } from '../runtime/dicom/commitment.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import { reportForms } from '../runtime/report/form.ts';
import { readDocument, textOf } from '../runtime/report/rules/document.ts';
import { journey, startTestAppliance } from './appliance.ts';
import { type Scripted, type Seen, startScripted } from './peers/scripted-server.ts';

const outOfResources = 0xa700;
const sopClassNotSupported = 0x0122;

const values = (...all: unknown[]) => ({ vr: 'UN', Value: all });

function answer(body: unknown, status = 200): Scripted {
  const headers = { 'content-type': 'application/dicom+json' };
  return { status, headers, body: JSON.stringify(body) };
}

/** A double of an archive, which fails as no real one does on command. It keeps what it says it has stored. */
class ArchiveDouble {
  readonly held: Reference[] = [];
  /** What became of each object that came, in order. */
  readonly said: string[] = [];
  #isFull = true;
  #forgets = true;

  reply = (seen: Seen): Scripted => (seen.method === 'GET' ? this.#search(seen) : this.#take(seen));

  #take({ headers, body }: Seen): Scripted {
    const boundary = /boundary=(\S+)$/.exec(headers['content-type'] ?? '')?.[1];
    const part = body.subarray(body.indexOf('\r\n\r\n') + 4);
    const file = readPart10(part.subarray(0, part.indexOf(`\r\n--${boundary}--`)));
    const { header } = readDocument(file.dataSet);
    const sopClassUid = textOf(header, 'SOPClassUID');
    return this.#store({ sopClassUid, sopInstanceUid: textOf(header, 'SOPInstanceUID') });
  }

  #store(object: Reference): Scripted {
    const reason = this.#refuse(object);
    this.said.push(`${object.sopClassUid} ${reason?.toString(16) ?? 'stored'}`);
    const named = { '00081155': values(object.sopInstanceUid) };
    if (reason !== undefined)
      return answer({ '00081198': values({ ...named, '00081197': values(reason) }) }, 409);
    if (!this.#forgets) this.held.push(object);
    this.#forgets = false;
    return answer({ '00081199': values({ ...named, '00081196': values(0xb000) }) }, 202);
  }

  /** It takes no Comprehensive 3D SR, and is full when the first other object comes. */
  #refuse({ sopClassUid }: Reference): number | undefined {
    if (sopClassUid === reportForms['comprehensive-3d']) return sopClassNotSupported;
    const wasFull = this.#isFull;
    this.#isFull = false;
    return wasFull ? outOfResources : undefined;
  }

  #search({ path }: Seen): Scripted {
    const asked = new URL(path, 'http://double').searchParams.get('SOPInstanceUID');
    const found = this.held.filter(({ sopInstanceUid }) => sopInstanceUid === asked);
    return answer(
      found.map(({ sopClassUid, sopInstanceUid }) => ({
        '00080016': values(sopClassUid),
        '00080018': values(sopInstanceUid),
      })),
    );
  }
}

it(
  'a result reaches an archive that knows no such class, is full and forgets',
  journey,
  async () => {
    const archive = new ArchiveDouble();
    const server = await startScripted(archive.reply);
    onTestFinished(() => server.close());
    const destination = { protocol: 'stow', name: 'archive', url: server.url };
    const appliance = await startTestAppliance({
      models: { enabled: ['chest-child', 'ct-head-demo'] },
      destinations: [{ ...destination, objects: ['report'] }],
    });
    const study = makeDemoStudy(4400, 0);
    await sendStudy(study.instances, appliance.scanner);
    await appliance.untilCommitted([study.studyUid]);
    const { 'comprehensive-3d': best, comprehensive: lower } = reportForms;
    expect(archive.held.map(({ sopClassUid }) => sopClassUid)).toEqual([lower]);
    expect(archive.said[0]).toBe(`${best} 122`);
    expect(archive.said.filter((said) => !said.startsWith(best))).toEqual([
      `${lower} a700`,
      `${lower} stored`,
      `${lower} stored`,
    ]);
  },
);
