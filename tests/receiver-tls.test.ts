import { writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect, createServer, type ConnectionOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeDemoInstance } from '../demo/demo-cases.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { encodePdu } from '../runtime/dicom/pdu.ts';
import type { Caller } from '../runtime/dicom/receiver.ts';
import { dial, type RequestorTls, type ScuAssociation } from '../runtime/dicom/sender.ts';
import { readDestinations, readReceiverTls } from '../runtime/tls-files.ts';
import { Authority, type Identity } from './certificates.ts';
import { describeWith } from './outside.ts';
import { storescu, writeDicom } from './peers/dcmtk.ts';
import { startOrthanc } from './peers/orthanc.ts';
import { temporaryFolder, until } from './peers/process.ts';
import { associateRequest, ctImageStorage, explicitLittleEndian, RawPeer } from './raw-peer.ts';
import { ReceiverFixture } from './receiver-fixture.ts';

const folder = temporaryFolder();
const notEstablished = 'secure transport connection not established';

let hospital: Authority;
let device: Identity;
let scanner: Identity;
let fixture: ReceiverFixture;

async function makeCertificates(): Promise<void> {
  hospital = await Authority.make(folder.path, 'hospital');
  device = await hospital.issue('device.hospital');
  scanner = await hospital.issue('ct1.hospital');
}

async function start(callers: Caller[] = []): Promise<void> {
  const { certificate, key } = device;
  const authority = hospital.certificate;
  const tls = {
    port: 0,
    certificate,
    key,
    authority,
    mutual: true,
    minVersion: 'TLSv1.2' as const,
  };
  fixture = new ReceiverFixture();
  Object.assign(fixture.differs, { port: undefined, tls, callers });
  await fixture.start();
}

/** How our sender reaches a TLS port. */
/** Which of the demonstration's cases is a CT image. */
const ctLocalizer = 6;

function call(port: number, tls: RequestorTls | undefined): Promise<ScuAssociation> {
  return dial({
    host: '127.0.0.1',
    port,
    tls,
    callingAeTitle: 'CT1',
    calledAeTitle: 'SCANSIDE',
    contexts: [
      { abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: [explicitLittleEndian] },
      { abstractSyntax: ctImageStorage, transferSyntaxes: [explicitLittleEndian] },
    ],
    maxPduLength: 16_384,
    connectMs: 5000,
    responseMs: 5000,
    clock: systemClock,
  });
}

function trusting(identity?: Identity): RequestorTls {
  const { certificate, key } = identity ?? {};
  return { authority: hospital.certificate, serverName: 'device.hospital', certificate, key };
}

async function echoes(): Promise<boolean> {
  try {
    const association = await call(fixture.tlsPort, trusting(scanner));
    const status = await association.echo();
    await association.release();
    return status === 0;
  } catch {
    return false;
  }
}

/** Opens a connection to our TLS port, whoever we are. */
function open(options: ConnectionOptions) {
  const trust = { ca: hospital.certificate, rejectUnauthorized: false };
  const socket = connect({ host: '127.0.0.1', port: fixture.tlsPort, ...trust, ...options });
  socket.on('error', () => {}).on('data', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  return { socket, closed };
}

/** Tries a handshake and an A-ASSOCIATE-RQ; resolves when the receiver has closed the connection. */
function attempt(options: ConnectionOptions): Promise<void> {
  const { socket, closed } = open(options);
  socket.on('secureConnect', () => socket.write(encodePdu(associateRequest())));
  return closed;
}

function identityOf({ certificate, key }: Identity): ConnectionOptions {
  return { cert: certificate, key };
}

const oldSuites = { ciphers: 'DEFAULT@SECLEVEL=0' };

describeWith(['openssl'], 'DICOM over TLS', () => {
  beforeAll(makeCertificates);

  afterAll(() => folder.remove());

  describe('to us', () => {
    beforeEach(() => start());

    /** Whoever was refused, the next one is served. */
    afterEach(async () => {
      expect(await until(echoes)).toBe(true);
      await fixture.close(0);
    });

    it('a sender with a certificate is served, on the one port there is', async () => {
      expect(fixture.port).toBe(0);
      const association = await call(fixture.tlsPort, trusting(scanner));
      const dataSet = Buffer.alloc(300_000, 7);
      const object = { sopClassUid: ctImageStorage, sopInstanceUid: '1.2.3', dataSet };
      const status = await association.store({
        ...object,
        transferSyntaxUid: explicitLittleEndian,
      });
      await association.release();
      expect(status).toBe(0);
      expect(fixture.told.stored.map((bytes) => bytes.equals(dataSet))).toEqual([true]);
      expect(fixture.told.refused).toEqual([]);
    });

    it.each<[string, () => ConnectionOptions | Promise<ConnectionOptions>, string]>([
      ['no certificate', () => ({}), 'no certificate'],
      [
        'a certificate of another authority',
        async () => {
          const other = await Authority.make(folder.path, 'other');
          return identityOf(await other.issue('ct1.elsewhere'));
        },
        'the certificate is of another authority',
      ],
      [
        'an expired certificate',
        async () => identityOf(await hospital.issue('ct1.hospital', -1)),
        'the certificate has expired',
      ],
      [
        'TLS 1.1',
        () => ({
          ...oldSuites,
          ...identityOf(scanner),
          minVersion: 'TLSv1',
          maxVersion: 'TLSv1.1',
        }),
        'an older version of TLS than allowed',
      ],
      [
        'a cipher suite without forward secrecy',
        () => ({ ...identityOf(scanner), maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }),
        'no cipher suite in common',
      ],
    ])('%s is refused, and the event says why', async (_title, options, cause) => {
      await attempt(await options());
      expect(await until(() => fixture.told.refused.length > 0)).toBe(true);
      expect(fixture.told.refused).toEqual([notEstablished]);
      expect(fixture.told.causes).toEqual([cause]);
      expect(fixture.told.addresses).toEqual(['127.0.0.1']);
    });

    it.each([
      ['DICOM without TLS', encodePdu(associateRequest()), 'not TLS'],
      ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'HTTP, not TLS'],
    ])('%s is refused', async (_title, bytes, cause) => {
      const peer = await RawPeer.connect(fixture.tlsPort);
      peer.send(bytes);
      await peer.closed;
      expect(fixture.told.causes).toEqual([cause]);
    });

    it('renegotiation is refused', async () => {
      const { socket, closed } = open({ ...identityOf(scanner), maxVersion: 'TLSv1.2' });
      const refusal = new Promise<Error>((resolve) => {
        socket.once('error', resolve);
      });
      socket.once('secureConnect', () => {
        socket.renegotiate({ rejectUnauthorized: false }, () => {});
        socket.write(encodePdu(associateRequest()));
      });
      expect((await refusal).message).toMatch(/no renegotiation/i);
      await closed;
    });

    it('silent connections do not keep a scanner out', async () => {
      const silent = Array.from({ length: 100 }, () => connectPlain(fixture.tlsPort, '127.0.0.1'));
      for (const socket of silent) socket.on('error', () => {});
      expect(await until(echoes)).toBe(true);
      for (const socket of silent) socket.destroy();
    });
  });

  describe('to us, as a caller bound to a certificate', () => {
    const ct1 = { aeTitle: 'CT1', networks: ['127.0.0.1'], certificateName: 'ct1.hospital' };

    beforeEach(() => start([ct1]));

    afterEach(() => fixture.close(0));

    it('only that certificate is taken for the AE title', async () => {
      const other = await hospital.issue('ct2.hospital');
      await expect(call(fixture.tlsPort, trusting(other))).rejects.toThrow(
        /ASSOCIATION_REJECTED.*calling AE title not recognized/,
      );
      expect(fixture.told.causes).toEqual([expect.stringContaining('ct2.hospital')]);
      expect(await echoes()).toBe(true);
    });
  });

  describe('from us', () => {
    beforeEach(() => start());

    afterEach(() => fixture.close(0));

    it.each<[string, () => Promise<RequestorTls> | RequestorTls, RegExp]>([
      [
        'a peer of another name',
        () => ({ ...trusting(scanner), serverName: 'pacs.hospital' }),
        /TLS_FAILED.*another name/,
      ],
      [
        'a peer of no name, where its address counts',
        () => ({ ...trusting(scanner), serverName: undefined }),
        /TLS_FAILED.*another name/,
      ],
      [
        'a peer of another authority',
        async () => {
          const other = await Authority.make(folder.path, 'strange');
          return { ...trusting(scanner), authority: other.certificate };
        },
        /TLS_FAILED.*another authority/,
      ],
    ])('%s gets nothing', async (_title, tls, message) => {
      await expect(call(fixture.tlsPort, await tls())).rejects.toThrow(message);
      expect(fixture.told.stored).toEqual([]);
    });

    it('a peer that wants a certificate says so', async () => {
      await expect(call(fixture.tlsPort, trusting())).rejects.toThrow(/TLS_FAILED|ABORTED/);
      expect(await until(() => fixture.told.causes.includes('no certificate'))).toBe(true);
    });

    it('a peer without TLS is told from one that does not answer', async () => {
      const plain = new ReceiverFixture();
      await plain.start();
      await expect(call(plain.port, trusting(scanner))).rejects.toThrow(/TLS_FAILED/);
      await plain.close(0);
      await expect(call(plain.port, trusting(scanner))).rejects.toThrow(/PEER_UNREACHABLE/);
    });

    it('a peer that speaks only TLS 1.1 gets nothing', async () => {
      const { certificate: cert, key } = device;
      const old = { ...oldSuites, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const;
      const server = createServer({ cert, key, ...old }).on('tlsClientError', () => {});
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      await expect(call(port, trusting(scanner))).rejects.toThrow(/TLS_FAILED/);
      server.close();
    });
  });

  describe('configured', () => {
    function configure(receiverTls: object, destinationTls?: object) {
      const { certificateFile, keyFile } = device;
      const authorityFile = hospital.certificateFile;
      const tls = { certificateFile, keyFile, authorityFile, ...receiverTls };
      const pacs = { name: 'main', host: 'pacs', port: 2762, aeTitle: 'PACS' };
      return parseConfiguration({
        receiver: { tls },
        destinations: [{ ...pacs, tls: { authorityFile, ...destinationTls } }],
      });
    }

    it('reads the files', () => {
      const configuration = configure({ port: 0 });
      expect(readReceiverTls(configuration, disk)).toEqual({
        port: 0,
        certificate: device.certificate,
        key: device.key,
        authority: hospital.certificate,
        mutual: true,
        minVersion: 'TLSv1.2',
      });
      const [destination] = readDestinations(configuration, disk);
      expect(destination?.tls?.authority).toBe(hospital.certificate);
    });

    it.each<[string, () => object, RegExp]>([
      ['a missing file', () => ({ keyFile: '/no/key.pem' }), /tls\.keyFile = .*key\.pem.*ENOENT/],
      [
        'the key of another certificate',
        () => ({ keyFile: scanner.keyFile }),
        /tls\.keyFile = .*ct1\.hospital.*the private key of .*device\.hospital/,
      ],
      [
        'a key in the place of a certificate',
        () => ({ certificateFile: device.keyFile }),
        /tls\.certificateFile = .*a certificate in PEM/,
      ],
      [
        'a certificate in the place of a key',
        () => ({ keyFile: device.certificateFile }),
        /tls\.keyFile = .*a private key in PEM/,
      ],
      [
        'garbage as authority',
        () => {
          const authorityFile = join(folder.path, 'garbage.pem');
          writeFileSync(authorityFile, 'garbage');
          return { authorityFile };
        },
        /tls\.authorityFile = .*garbage\.pem/,
      ],
    ])('%s is named with its key', (_title, wrong, message) => {
      const receiver = configure(wrong());
      expect(() => readReceiverTls(receiver, disk)).toThrow(/CONFIG_INVALID/);
      expect(() => readReceiverTls(receiver, disk)).toThrow(message);
      const identity = { certificateFile: device.certificateFile, keyFile: device.keyFile };
      const destination = configure({}, { ...identity, ...wrong() });
      expect(() => readDestinations(destination, disk)).toThrow(message);
    });
  });

  describeWith(['storescu', 'dump2dcm'], 'with DCMTK', () => {
    beforeEach(() => start());

    afterEach(() => fixture.close(0));

    async function send(...tls: string[]) {
      const path = join(folder.path, 'image.dcm');
      await writeDicom(path, [
        `(0008,0016) UI [${ctImageStorage}]`,
        '(0008,0018) UI [2.25.71]',
        '(0010,0020) LO [TLS]',
      ]);
      const to = { port: fixture.tlsPort, calling: 'CT1', called: 'SCANSIDE' };
      return storescu(to, [path], [...tls, '+cf', hospital.certificateFile]);
    }

    it('storescu with a certificate is served', async () => {
      const { code, output } = await send('+tls', scanner.keyFile, scanner.certificateFile);
      expect(code, output).toBe(0);
      expect(fixture.told.stored).toHaveLength(1);
    });

    it('storescu without a certificate is refused', async () => {
      expect((await send('+tla')).code).not.toBe(0);
      expect(fixture.told.causes).toEqual(['no certificate']);
    });
  });

  describeWith(['Orthanc'], 'with Orthanc as PACS', () => {
    it('takes an image from us over TLS and nothing without it', async () => {
      const pacs = await hospital.issue('pacs.hospital');
      const orthanc = await startOrthanc(join(folder.path, 'orthanc'), {
        extra: {
          DicomTlsEnabled: true,
          DicomTlsCertificate: pacs.certificateFile,
          DicomTlsPrivateKey: pacs.keyFile,
          DicomTlsTrustedCertificates: hospital.certificateFile,
          DicomCheckCalledAet: false,
        },
      });
      try {
        const tls = { ...trusting(device), serverName: 'pacs.hospital' };
        const association = await call(orthanc.dicomPort, tls);
        expect(await association.echo()).toBe(0);
        expect(await association.store(makeDemoInstance(1, ctLocalizer))).toBe(0);
        await association.release();
        expect(await orthanc.count()).toBe(1);
        await expect(call(orthanc.dicomPort, undefined)).rejects.toThrow(/ASSOCIATION_ABORTED/);
      } finally {
        await orthanc.stop();
      }
    });
  });
});
