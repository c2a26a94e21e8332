import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import dimse from 'dcmjs-dimse';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import { type Receiver, startReceiver, type StoreRequest } from '../runtime/dicom/receiver.ts';
import { dial, type ProposedContext, type ScuAssociation } from '../runtime/dicom/sender.ts';
import { verification } from '../runtime/dicom/uid.ts';
import { describeWith, freePort } from './outside.ts';
import {
  dcmsend,
  echoscu,
  startStorescp,
  type Storescp,
  storescu,
  writeDicom,
} from './peers/dcmtk.ts';
import { isListening, temporaryFolder, until } from './peers/process.ts';
import { Random } from './random-pdu.ts';

const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2';
const implicitLittleEndian = '1.2.840.10008.1.2';
const explicitLittleEndian = '1.2.840.10008.1.2.1';

interface Kept extends StoreRequest {
  calling: string;
  dataSet: Buffer;
}

let kept: Kept[];
let receiver: Receiver;

function listen(maxPduLength: number): Promise<Receiver> {
  const options = {
    host: '127.0.0.1',
    port: 0,
    aeTitle: 'SCANSIDE',
    maxPduLength,
    maxAssociations: 8,
    artimMs: 5_000,
    idleMs: 30_000,
    storage: true,
    commitment: 'both' as const,
    clock: systemClock,
  };
  return startReceiver(options, {
    store(association, request) {
      const parts: Buffer[] = [];
      return {
        write: (buffer, start, end) => parts.push(Buffer.from(buffer.subarray(start, end))),
        end() {
          const dataSet = Buffer.concat(parts);
          kept.push({ ...request, calling: association.callingAeTitle, dataSet });
          return Promise.resolve(0);
        },
        abort: () => {},
      };
    },
  });
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An instance with enough pixel data for several PDUs, as DCMTK's dump format. */
function image(number: number): string[] {
  const words = new Random(number).bytes(60_000).toString('hex').match(/.{4}/g) ?? [];
  return [
    `(0008,0016) UI [${ctImageStorage}]`,
    `(0008,0018) UI [2.25.77.${number}]`,
    '(0010,0010) PN [Test^Peer]',
    '(0010,0020) LO [PEER]',
    '(0020,000d) UI [2.25.98.1]',
    '(0020,000e) UI [2.25.97.1]',
    `(7fe0,0010) OW ${words.join('\\')}`,
  ];
}

async function writeImages(folder: string, count: number): Promise<string[]> {
  const paths = Array.from({ length: count }, (_, number) => join(folder, `${number}.dcm`));
  for (const [number, path] of paths.entries())
    await writeDicom(path, image(number), ['+te', '+l', '200000']);
  return paths;
}

beforeEach(() => {
  kept = [];
});

describeWith(['echoscu', 'storescu', 'dcmsend', 'dump2dcm'], 'DCMTK sends to us', () => {
  const folder = temporaryFolder();
  let paths: string[];

  beforeAll(async () => {
    paths = await writeImages(folder.path, 4);
  });

  afterAll(() => folder.remove());

  afterEach(() => receiver.close(0));

  describe.each([16_384, 131_072])('in PDUs of %i bytes', (maxPduLength) => {
    const options = ['-pdu', String(maxPduLength)];

    beforeEach(async () => {
      receiver = await listen(maxPduLength);
    });

    function to(calling: string) {
      return { port: receiver.port, calling, called: 'SCANSIDE' };
    }

    function expectAllKept(calling: string): void {
      const sent = paths.map((path) => hash(readPart10(readFileSync(path)).dataSet)).sort();
      const ours = kept.filter((each) => each.calling === calling);
      expect(ours.map(({ dataSet }) => hash(dataSet)).sort()).toEqual(sent);
      expect(new Set(ours.map((each) => each.transferSyntaxUid))).toEqual(
        new Set([explicitLittleEndian]),
      );
    }

    it('echoscu is answered', async () => {
      expect((await echoscu(to('ECHO'), options)).code).toBe(0);
    });

    it('storescu: bytes are kept as sent', async () => {
      const { code, output } = await storescu(to('STORE'), paths, [...options, '-xe']);
      expect(code, output).toBe(0);
      expectAllKept('STORE');
    });

    it('dcmsend: bytes are kept as sent', async () => {
      const { code, output } = await dcmsend(to('SEND'), paths, options);
      expect(code, output).toBe(0);
      expectAllKept('SEND');
    });

    it('four associations at once', async () => {
      const callers = ['A', 'B', 'C', 'D'];
      const done = await Promise.all(
        callers.map((calling) => storescu(to(calling), paths, [...options, '-xe'])),
      );
      expect(done.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
      for (const calling of callers) expectAllKept(calling);
    });
  });

  it('another called AE title is rejected in words', async () => {
    receiver = await listen(16_384);
    const wrong = { port: receiver.port, calling: 'ECHO', called: 'OTHER' };
    const { code, output } = await echoscu(wrong);
    expect(code).not.toBe(0);
    expect(output).toContain('Called AE Title Not Recognized');
  });
});

function call(port: number, called: string, contexts: ProposedContext[]): Promise<ScuAssociation> {
  return dial({
    host: '127.0.0.1',
    port,
    callingAeTitle: 'SCANSIDE',
    calledAeTitle: called,
    contexts,
    maxPduLength: 16_384,
    connectMs: 5_000,
    responseMs: 10_000,
    clock: systemClock,
  });
}

const ourContexts: ProposedContext[] = [
  { abstractSyntax: verification, transferSyntaxes: [implicitLittleEndian] },
  { abstractSyntax: ctImageStorage, transferSyntaxes: [explicitLittleEndian] },
];

describeWith(['storescp', 'dump2dcm'], 'we send to DCMTK', () => {
  const folder = temporaryFolder();

  afterAll(() => folder.remove());

  it.each(['4096', '16384', '131072'])('storescp with PDUs of %s bytes', async (length) => {
    const received = join(folder.path, length);
    const options = ['+B', '+xe', '-pdu', length];
    const storescp: Storescp = await startStorescp(received, 'STORESCP', options);
    try {
      const [path] = await writeImages(folder.path, 1);
      const { dataSet } = readPart10(readFileSync(path!));
      const association = await call(storescp.port, 'STORESCP', ourContexts);
      expect(await association.echo()).toBe(0);
      const object = { sopClassUid: ctImageStorage, sopInstanceUid: '2.25.77.0' };
      const sent = { ...object, transferSyntaxUid: explicitLittleEndian, dataSet };
      expect(await association.store(sent)).toBe(0);
      await association.release();
      expect(await until(() => storescp.files().length === 1)).toBe(true);
      const file = readPart10(readFileSync(storescp.files()[0]!));
      expect(hash(file.dataSet)).toBe(hash(dataSet));
    } finally {
      await storescp.stop();
    }
  });
});

const { CEchoResponse, CStoreResponse } = dimse.responses;

/** Accepts whatever is proposed, and keeps the Patient IDs of what it is sent. */
class AcceptingScp extends dimse.Scp {
  static readonly patientIds: string[] = [];

  override associationRequested(association: dimse.association.Association): void {
    for (const { context } of association.getPresentationContexts())
      context.setResult(0, context.getTransferSyntaxUids()[0]);
    this.sendAssociationAccept();
  }

  override cEchoRequest(
    request: dimse.requests.CEchoRequest,
    done: (response: dimse.responses.CEchoResponse) => void,
  ): void {
    const response = CEchoResponse.fromRequest(request);
    response.setStatus(dimse.constants.Status.Success);
    done(response);
  }

  override cStoreRequest(
    request: dimse.requests.CStoreRequest,
    done: (response: dimse.responses.CStoreResponse) => void,
  ): void {
    AcceptingScp.patientIds.push(String(request.getDataset()?.getElement('PatientID')));
    const response = CStoreResponse.fromRequest(request);
    response.setStatus(dimse.constants.Status.Success);
    done(response);
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }
}

describe('dcmjs-dimse', () => {
  beforeAll(() => {
    dimse.log.setLevel('error');
  });

  it('sends to us', async () => {
    receiver = await listen(16_384);
    const elements = { SOPClassUID: ctImageStorage, SOPInstanceUID: '2.25.5', PatientID: 'P' };
    const dataSet = new dimse.Dataset(elements, implicitLittleEndian);
    const requests = [new dimse.requests.CEchoRequest(), new dimse.requests.CStoreRequest(dataSet)];
    expect(await exchange(receiver.port, requests)).toEqual([0, 0]);
    await receiver.close(1000);
    expect(kept).toMatchObject([{ sopInstanceUid: '2.25.5', sopClassUid: ctImageStorage }]);
  });

  it('takes what we send', async () => {
    const port = await freePort();
    const server = new dimse.Server(AcceptingScp);
    server.listen(port);
    try {
      expect(await until(() => isListening(port))).toBe(true);
      const association = await call(port, 'ANY', ourContexts);
      expect(await association.echo()).toBe(0);
      const dataSet = Buffer.from('100020004c4f02005031', 'hex');
      const object = { sopClassUid: ctImageStorage, sopInstanceUid: '2.25.6', dataSet };
      const transferSyntaxUid = explicitLittleEndian;
      expect(await association.store({ ...object, transferSyntaxUid })).toBe(0);
      await association.release();
      expect(AcceptingScp.patientIds).toEqual(['P1']);
    } finally {
      server.close();
    }
  });
});

/** The statuses of the responses to `requests`. */
function exchange(
  port: number,
  requests: (dimse.requests.CEchoRequest | dimse.requests.CStoreRequest)[],
): Promise<number[]> {
  const client = new dimse.Client();
  const statuses: number[] = [];
  for (const request of requests) {
    request.on('response', (response: { getStatus(): number }) => {
      statuses.push(response.getStatus());
    });
    client.addRequest(request);
  }
  return new Promise((resolve, reject) => {
    client.on('closed', () => resolve(statuses));
    client.on('networkError', reject);
    client.send('127.0.0.1', port, 'DIMSE', 'SCANSIDE');
  });
}
