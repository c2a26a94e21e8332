// Asks the panel on this machine whether it serves, for whoever watches a container: exit code 0, or 1 with a line why.
import process from 'node:process';
import { disk } from '../device/files.ts';
import { loadConfiguration } from './config.ts';
import { askPanel, panelPatienceMs } from './panel-answer.ts';

/** Why the panel is not well; undefined where it is. */
async function complaint(): Promise<string | undefined> {
  try {
    const { panel } = loadConfiguration(process.env['SCANSIDE_CONFIG'] || undefined, disk);
    const status = await askPanel(panel);
    return status === 200 ? undefined : `the panel answers with status ${status}`;
  } catch (error) {
    const { name, message } = error as Error;
    return name === 'AbortError' ? `the panel is silent for ${panelPatienceMs / 1000} s` : message;
  }
}

const why = await complaint();
if (why !== undefined) process.stderr.write(`${why.replaceAll(/\s*\n\s*/g, ' ')}\n`);
process.exit(why === undefined ? 0 : 1);
