import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer, type TlsOptions } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { type DemoStudy, makeDemoStudy } from '../demo/demo-studies.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import {
  forgetState,
  isTerminal,
  journey,
  makeDataFolder,
  startTestAppliance,
} from './appliance.ts';
import { Authority, type Identity } from './certificates.ts';
import { describeWith, freePort } from './outside.ts';
import { type Orthanc, startOrthanc } from './peers/orthanc.ts';
import { until } from './peers/process.ts';

const plugin = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';
const seed = 4300;
const comprehensive3d = '1.2.840.10008.5.1.4.1.1.88.34';
const models = { enabled: ['chest-child', 'ct-head-demo'] };

function makeStudies(count: number): DemoStudy[] {
  return Array.from({ length: count }, (_, at) => makeDemoStudy(seed, at));
}

const uidsOf = (studies: DemoStudy[]): string[] => studies.map(({ studyUid }) => studyUid);

function archiveAt(url: string, more: Record<string, unknown> = {}) {
  return { protocol: 'stow', name: 'archive', url: `${url}/dicom-web`, ...more };
}

/** An appliance that sends to one archive, and the studies that it has analysed. */
async function startFor(archive: Record<string, unknown>, count: number, dataFolder?: string) {
  const appliance = await startTestAppliance({
    models,
    destinations: [archive],
    ...(dataFolder !== undefined && { dataFolder }),
  });
  const studies = makeStudies(count);
  if (dataFolder === undefined)
    for (const { instances } of studies) await sendStudy(instances, appliance.scanner);
  await appliance.untilExams(uidsOf(studies), isTerminal);
  return { appliance, ids: uidsOf(studies) };
}

async function startArchive(httpPort: number, extra = {}): Promise<Orthanc> {
  const orthanc = await startOrthanc(makeDataFolder(), { httpPort, extra });
  onTestFinished(() => orthanc.stop());
  return orthanc;
}

/** Study of every report that Orthanc holds, sorted: a report twice is a study twice. */
async function reportedStudies(orthanc: Orthanc): Promise<string[]> {
  const held = await orthanc.instances({ SOPClassUID: comprehensive3d });
  return held.map((tags) => String(tags['StudyInstanceUID'])).sort();
}

/** Orthanc's filter of requests: DICOMweb is for whoever shows this token. */
function writeTokenFilter(token: string): string {
  const path = join(makeDataFolder(), 'token.lua');
  const known = `headers['authorization'] == 'Bearer ${token}'`;
  writeFileSync(
    path,
    `function IncomingHttpRequestFilter(method, uri, ip, user, headers)
       return string.find(uri, '/dicom-web', 1, true) ~= 1 or ${known}
     end`,
  );
  return path;
}

/** Orthanc's filter of instances: the first that comes is dropped, which its answer does not tell. */
function writeForgetfulFilter(): string {
  const path = join(makeDataFolder(), 'forgetful.lua');
  writeFileSync(
    path,
    `forgotten = false
     function ReceivedInstanceFilter(dicom, origin)
       if forgotten then return true end
       forgotten = true
       print('dropped')
       return false
     end`,
  );
  return path;
}

/** Ends TLS before a server on this machine, as reverse proxies of hospitals do. Returns its address. */
async function startProxy(to: number, tls: TlsOptions): Promise<string> {
  const proxy = createServer(tls, (socket) => {
    const onward = connect(to, '127.0.0.1');
    for (const each of [socket, onward]) each.on('error', () => each.destroy());
    socket.pipe(onward).pipe(socket);
  });
  proxy.on('tlsClientError', () => {});
  const port = await freePort();
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  return `https://127.0.0.1:${port}`;
}

describeWith(['Orthanc', plugin], 'Orthanc as an archive that is reached by DICOMweb', () => {
  it('has every result once, found by a search, after it was away', journey, async () => {
    const port = await freePort();
    const { appliance, ids } = await startFor(archiveAt(`http://127.0.0.1:${port}`), 4);
    expect(appliance.exams().map(({ state }) => state)).toEqual(ids.map(() => 'reported'));
    const postponed = /delivery postponed .*PEER_UNREACHABLE/;
    expect(await until(() => postponed.test(appliance.log.join('\n')), 30_000)).toBe(true);

    const orthanc = await startArchive(port);
    await appliance.untilCommitted(ids);
    expect(await reportedStudies(orthanc)).toEqual(ids.toSorted());
    const before = await orthanc.count();

    await appliance.stop();
    forgetState(appliance.dataFolder);
    const again = await startFor(archiveAt(orthanc.url), 4, appliance.dataFolder);
    await again.appliance.untilCommitted(ids);
    expect(await orthanc.count()).toBe(before);
    expect(await reportedStudies(orthanc)).toEqual(ids.toSorted());
  });

  it('is not believed when it says that it has stored and has not', journey, async () => {
    const orthanc = await startArchive(await freePort(), { LuaScripts: [writeForgetfulFilter()] });
    const { appliance, ids } = await startFor(archiveAt(orthanc.url), 1);
    await appliance.untilCommitted(ids);
    expect(orthanc.output()).toContain('dropped');
    expect(appliance.log.join('\n')).not.toContain('STORE_REFUSED');
    expect(appliance.log.join('\n')).toMatch(/delivery postponed .*COMMITMENT_DENIED.*0x0112/);
    expect(await reportedStudies(orthanc)).toEqual(ids);
  });

  it('lets in whoever has the token, which may be renewed', journey, async () => {
    const port = await freePort();
    const LuaScripts = [writeTokenFilter('right')];
    const orthanc = await startArchive(port, { LuaScripts });
    const tokenFile = join(makeDataFolder(), 'token');
    writeFileSync(tokenFile, 'wrong\n');
    const archive = archiveAt(`http://127.0.0.1:${port}`, { tokenFile });
    const { appliance, ids } = await startFor(archive, 1);
    const denied = /delivery postponed .*STORE_REFUSED.*status 403: .*administrator has to grant/;
    expect(await until(() => denied.test(appliance.log.join('\n')), 30_000)).toBe(true);
    expect(appliance.log.join('\n')).not.toContain('wrong');
    expect(await orthanc.count()).toBe(0);

    writeFileSync(tokenFile, 'right\n');
    await appliance.untilCommitted(ids);
    expect(await reportedStudies(orthanc)).toEqual(ids);
  });
});

describeWith(
  ['Orthanc', plugin, 'openssl'],
  'Orthanc behind a proxy that asks for certificates',
  () => {
    const name = 'pacs.example';

    /** Orthanc, the proxy before it, and what a device needs to be let in. */
    async function startProtected() {
      const folder = makeDataFolder();
      const authority = await Authority.make(folder, 'hospital');
      const [server, own] = [await authority.issue(name), await authority.issue('device')];
      const port = await freePort();
      const orthanc = await startArchive(port);
      const mutual = { requestCert: true, rejectUnauthorized: true, ca: authority.certificate };
      const url = await startProxy(port, { cert: server.certificate, key: server.key, ...mutual });
      return { orthanc, url, own, authorityFile: authority.certificateFile };
    }

    const shown = ({ certificateFile, keyFile }: Identity) => ({ certificateFile, keyFile });

    it(
      'gets nothing from a device without one, and all from one that has it',
      journey,
      async () => {
        const { orthanc, url, own, authorityFile } = await startProtected();
        const tls = { authorityFile, serverName: name };
        const without = await startFor(archiveAt(url, { tls }), 1);
        const failed = () =>
          /delivery postponed .*TLS_FAILED/.test(without.appliance.log.join('\n'));
        expect(await until(failed, 30_000)).toBe(true);
        expect(await orthanc.count()).toBe(0);
        await without.appliance.stop();

        const { dataFolder } = without.appliance;
        const having = archiveAt(url, { tls: { ...tls, ...shown(own) } });
        const { appliance, ids } = await startFor(having, 1, dataFolder);
        await appliance.untilCommitted(ids);
        expect(await reportedStudies(orthanc)).toEqual(ids);
      },
    );
  },
);
