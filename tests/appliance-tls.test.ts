import { afterAll, expect, it } from 'vitest';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { systemClock } from '../device/clock.ts';
import { listUnsafe, parseConfiguration } from '../runtime/config.ts';
import { dial } from '../runtime/dicom/sender.ts';
import { deviceAeTitle, scannerAeTitle, startTestAppliance } from './appliance.ts';
import { Authority } from './certificates.ts';
import { describeWith } from './outside.ts';
import { temporaryFolder, until } from './peers/process.ts';
import { ReceiverFixture } from './receiver-fixture.ts';

const folder = temporaryFolder();

describeWith(['openssl'], 'an appliance that speaks only TLS', () => {
  afterAll(() => folder.remove());

  it('takes a study from a listed caller alone, and delivers its result', async () => {
    const hospital = await Authority.make(folder.path, 'hospital');
    const device = await hospital.issue('device.hospital');
    const scanner = await hospital.issue('ct1.hospital');
    const pacs = await hospital.issue('pacs.hospital');
    const authority = hospital.certificate;
    const { certificateFile, keyFile } = device;
    const files = { certificateFile, keyFile, authorityFile: hospital.certificateFile };

    const archive = new ReceiverFixture();
    const archiveTls = {
      ...pacs,
      port: 0,
      authority,
      mutual: true,
      minVersion: 'TLSv1.2' as const,
    };
    Object.assign(archive.differs, { port: undefined, tls: archiveTls });
    await archive.start();

    const receiver = {
      plain: false,
      tls: { port: 0, ...files },
      callers: [
        {
          aeTitle: scannerAeTitle,
          networks: ['127.0.0.1'],
          certificateName: 'ct1.hospital',
          sopClasses: ['Digital X-Ray Image Storage - For Presentation'],
        },
      ],
    };
    const destination = {
      name: 'archive',
      host: '127.0.0.1',
      port: archive.tlsPort,
      aeTitle: 'SCANSIDE',
      commitment: false,
      tls: { ...files, serverName: 'pacs.hospital' },
    };
    const appliance = await startTestAppliance({ receiver, destinations: [destination] });
    expect(appliance.port).toBe(0);

    const image = makePhantomInstance({
      seed: 3,
      size: 64,
      patient: { name: 'DEMO^TLS', id: 'DEMO-TLS' },
      studyInstanceUid: '2.25.31',
    });
    const call = (callingAeTitle: string) =>
      dial({
        host: '127.0.0.1',
        port: appliance.tlsPort,
        tls: { ...scanner, authority, serverName: 'device.hospital' },
        callingAeTitle,
        calledAeTitle: deviceAeTitle,
        contexts: [
          { abstractSyntax: image.sopClassUid, transferSyntaxes: [image.transferSyntaxUid] },
        ],
        maxPduLength: 131_072,
        connectMs: 5000,
        responseMs: 20_000,
        clock: systemClock,
      });

    await expect(call('STRANGER')).rejects.toThrow(/calling AE title not recognized/);
    const association = await call(scannerAeTitle);
    expect(await association.store(image)).toBe(0);
    await association.release();
    expect(await until(() => archive.told.stored.length > 0, 25_000)).toBe(true);
    expect(appliance.log.join('\n')).toMatch(/association refused.*no caller has this AE title/);
    archive.dropPeers();
    await appliance.stop();
    await archive.close(0);

    const configuration = parseConfiguration({
      receiver: { ...receiver, host: '0.0.0.0' },
      destinations: [{ ...destination, host: 'pacs.hospital' }],
    });
    expect(listUnsafe(configuration).join('\n')).not.toMatch(/receiver|TLS/);
  });
});
