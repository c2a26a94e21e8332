import { dcm } from './code.ts';
import { type ContentItem, codeItem, textItem, uidItem } from './content.ts';
import type { ReportDevice } from './request.ts';

/** TID 1001 Observation Context of a device, with its TID 1004 Device Observer Identifying Attributes (PS3.16). */
export function deviceObserver(device: ReportDevice, observerUid: string): ContentItem[] {
  const context = 'HAS OBS CONTEXT';
  return [
    codeItem(context, dcm('121005', 'Observer Type'), dcm('121007', 'Device')),
    uidItem(context, dcm('121012', 'Device Observer UID'), observerUid),
    textItem(context, dcm('121013', 'Device Observer Name'), device.name),
    textItem(context, dcm('121014', 'Device Observer Manufacturer'), device.manufacturer),
    textItem(context, dcm('121015', 'Device Observer Model Name'), device.model),
    textItem(context, dcm('121016', 'Device Observer Serial Number'), device.serial),
  ];
}
