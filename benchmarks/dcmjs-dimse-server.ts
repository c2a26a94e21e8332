// dcmjs-dimse as a storage SCP that writes files: `MODE PORT FOLDER`, MODE `parse` (its default way, a data set in
// memory) or `stream` (its hook for a writable stream).
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Writable } from 'node:stream';
import dimse from 'dcmjs-dimse';

type Associated = InstanceType<typeof dimse.association.Association>;
type StoreRequest = InstanceType<typeof dimse.requests.CStoreRequest>;
type StoreResponse = InstanceType<typeof dimse.responses.CStoreResponse>;
type DataSet = InstanceType<typeof dimse.Dataset>;

const [mode, port, folder = '.'] = process.argv.slice(2);
const maxPduLength = 131_072;
const explicitVrLittleEndian = dimse.constants.TransferSyntax.ExplicitVRLittleEndian;
let written = 0;

class ParsingScp extends dimse.Scp {
  override associationRequested(association: Associated): void {
    association.setMaxPduLength(maxPduLength);
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      const takes = context.getTransferSyntaxUids().includes(explicitVrLittleEndian);
      const { Accept, RejectTransferSyntaxesNotSupported } =
        dimse.constants.PresentationContextResult;
      if (takes) context.setResult(Accept, explicitVrLittleEndian);
      else context.setResult(RejectTransferSyntaxesNotSupported);
    }
    this.sendAssociationAccept();
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }

  override cStoreRequest(request: StoreRequest, callback: (response: StoreResponse) => void): void {
    const answer = (error?: Error | null): void => {
      const response = dimse.responses.CStoreResponse.fromRequest(request);
      const { Success, ProcessingFailure } = dimse.constants.Status;
      response.setStatus(error ? ProcessingFailure : Success);
      callback(response);
    };
    if (mode === 'stream') answer();
    else request.getDataset()?.toFile(nextPath(), answer);
  }
}

class StreamingScp extends ParsingScp {
  override createStoreWritableStream(): Writable {
    return createWriteStream(nextPath());
  }

  override createDatasetFromStoreWritableStream(
    _writable: Writable,
    _context: unknown,
    callback: (dataSet: DataSet) => void,
  ): void {
    // Nothing is read back: what was streamed is what was received.
    Reflect.apply(callback, undefined, [undefined]);
  }
}

function nextPath(): string {
  return join(folder, `${++written}.dcm`);
}

dimse.log.disableAll();
new dimse.Server(mode === 'stream' ? StreamingScp : ParsingScp).listen(Number(port));
