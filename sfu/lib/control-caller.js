import { clientCredentials, tokenMetadata } from "./credentials.js";
import { RecordingError } from "./errors.js";
import { ControlClient, decodeError } from "./wire.js";

const deadlineMs = 20_000;

/**
 * Calls the recorder's control service.
 * @param {string} address host:port
 * @returns {{call: (method: string, request: object) => Promise<object>, close: () => void}}
 */
export function controlCaller(address, { tls, token }) {
  const client = new ControlClient(address, clientCredentials(tls));
  const call = (method, request) =>
    new Promise((resolve, reject) => {
      client[method](request, tokenMetadata(token), { deadline: Date.now() + deadlineMs }, (error, response) => (error ? reject(recordingError(error)) : resolve(response)));
    });
  return { call, close: () => client.close() };
}

function recordingError(error) {
  const [trailer] = error.metadata?.get("recording-error-bin") ?? [];
  const known = Buffer.isBuffer(trailer) ? decodeError(trailer) : null;
  return new RecordingError(known?.code ?? 0, known?.message || error.details || error.message);
}
