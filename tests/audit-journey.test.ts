import { expect, it, onTestFinished } from 'vitest';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { dial } from '../runtime/dicom/sender.ts';
import type { DeviceRow } from '../panel/device-detail.ts';
import type { Actor } from '../panel/role.ts';
import {
  isTerminal,
  journey,
  makeDataFolder,
  type RunningAppliance,
  scannerAeTitle,
  startTestAppliance,
} from './appliance.ts';
import { parseXml, schemaFaults } from './audit-message-rules.ts';
import { Authority } from './certificates.ts';
import { describeWith, freePort } from './outside.ts';
import { temporaryFolder } from './peers/process.ts';
import { gnutlsModule, startRsyslog } from './peers/rsyslog.ts';

const ada: Actor = { user: 'ada', role: 'radiologist', address: '10.0.0.7' };
const verification = '1.2.840.10008.1.1';
const implicitVr = '1.2.840.10008.1.2';
const slow = { timeout: 60_000 };
const names = { device: 'scanside.example', server: 'localhost' };

/** A syslog server with mutual TLS, and what a device needs to send to it. */
async function openRepository() {
  const folder = temporaryFolder();
  const authority = await Authority.make(folder.path, 'hospital');
  const [device, identity] = [
    await authority.issue(names.device),
    await authority.issue(names.server),
  ];
  const port = await freePort();
  const authorityFile = authority.certificateFile;
  const basics = { folder: folder.path, port, authorityFile, identity };
  const rsyslog = await startRsyslog({ ...basics, permitted: names.device });
  onTestFinished(async () => {
    await rsyslog.stop();
    folder.remove();
  });
  const { certificateFile, keyFile } = device;
  const tls = { authorityFile, certificateFile, keyFile, serverName: names.server };
  const forwarder = { protocol: 'syslog', name: 'siem', host: '127.0.0.1', port, tls };
  return { rsyslog, forwarder };
}

/** A scanner that the device does not know asks for an association. */
function knock({ scanner }: RunningAppliance) {
  const { aeTitle: calledAeTitle, ...address } = scanner.device;
  return dial({
    ...address,
    callingAeTitle: 'STRANGER',
    calledAeTitle,
    maxPduLength: 131_072,
    connectMs: 5000,
    responseMs: 20_000,
    clock: scanner.clock,
    contexts: [{ abstractSyntax: verification, transferSyntaxes: [implicitVr] }],
  });
}

/** The row of the device page that tells of the repository, by the ids of its facts. */
function forwarderOf(appliance: RunningAppliance): Record<string, unknown> | undefined {
  const rows: DeviceRow[] = appliance.source.deviceDetail().groups.flatMap((group) => group.rows);
  const row = rows.find(({ of }) => of === 'siem');
  return row && Object.fromEntries(row.facts.map(({ id, value }) => [id, value]));
}

describeWith(
  ['openssl', 'rsyslogd', gnutlsModule ?? 'lib/rsyslog/lmnsd_gtls.so'],
  'the whole appliance before rsyslog with mutual TLS',
  () => {
    it(
      'sends a study, an act, a refusal and a change of its configuration as DICOM audit messages',
      journey,
      async () => {
        const { rsyslog, forwarder } = await openRepository();
        const dataFolder = makeDataFolder();
        const settings = {
          dataFolder,
          audit: { forwarders: [forwarder] },
          receiver: { callers: [{ aeTitle: scannerAeTitle, networks: ['127.0.0.0/8'] }] },
        };
        const messages = () => rsyslog.messages().map((line) => line.slice(line.indexOf('<?xml')));
        /** Messages about an event of the device's own catalogue. */
        const about = (event: string) => {
          const value = Buffer.from(event).toString('base64');
          return messages().filter((xml) => xml.includes(`type="event" value="${value}"`));
        };
        const first = await startTestAppliance(settings);
        const patient = { name: 'TEST^AUDIT', id: 'SECRET-12' };
        const study = [
          makePhantomInstance({ seed: 1, size: 128, patient, studyInstanceUid: '1.2.3' }),
        ];
        await sendStudy(study, first.scanner);
        await first.untilExams(['1.2.3'], isTerminal);
        const { outcomeId } = first.exam('1.2.3')!;
        await first.source.act(ada, { kind: 'seen', examId: '1.2.3', outcomeId });
        await expect(knock(first)).rejects.toThrow('calling AE title');
        await expect.poll(() => about('instances-received').length, slow).toBeGreaterThan(0);
        await expect.poll(() => about('ai-inference').length, slow).toBe(1);
        await expect.poll(() => about('action-taken').length, slow).toBe(1);
        await expect.poll(() => about('node-refused').length, slow).toBe(1);
        await expect
          .poll(() => forwarderOf(first), slow)
          .toMatchObject({
            protocol: 'syslog',
            forwarding: 'connected',
            refused: '–',
          });
        await first.stop();
        expect(about('security-configuration')).toEqual([]);
        const second = await startTestAppliance({ ...settings, quietSeconds: 3 });
        await expect.poll(() => about('security-configuration').length, slow).toBe(1);
        await rsyslog.stop();
        await expect.poll(() => forwarderOf(second)?.['forwarding'], slow).toBe('waiting');
        expect(about('instances-received')[0]).toContain('ParticipantObjectID="1.2.3"');
        expect(about('action-taken')[0]).toMatch(/UserID="ada" [^>]*>/);
        expect(about('node-refused')[0]).toContain('STRANGER');
        expect(messages().flatMap((xml) => schemaFaults(parseXml(xml)))).toEqual([]);
        expect(
          messages()
            .join()
            .match(/SECRET-12|TEST\^AUDIT/),
        ).toBeNull();
      },
    );
  },
);
