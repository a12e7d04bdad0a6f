import grpc from "@grpc/grpc-js";
import { clientCredentials, tokenMetadata } from "./credentials.js";
import { attachPath, decodeToSfu, encodeToRecording } from "./wire.js";

const firstDelayMs = 200;
const maxDelayMs = 2000;
const stopMs = 2000;

/** The SFU as a client: keeps one link to a recorder, over several addresses in turn, with backoff and jitter. */
export class IngestDialer {
  #session;
  #addresses;
  #attempt = 0;
  #delayMs = firstDelayMs;
  #timer = null;
  #call = null;
  #stopped = false;
  #ended = Promise.resolve();

  /** @param {string[]} addresses host:port */
  constructor(session, addresses) {
    this.#session = session;
    this.#addresses = addresses;
  }

  start() {
    if (this.#stopped) return;
    const address = this.#addresses[this.#attempt++ % this.#addresses.length];
    this.#ended = this.#dial(address).then((registered) => {
      this.#delayMs = registered ? firstDelayMs : Math.min(this.#delayMs * 2, maxDelayMs);
      if (!this.#stopped) this.#timer = setTimeout(() => this.start(), this.#delayMs * (0.5 + Math.random()));
    });
  }

  async close() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const forced = setTimeout(() => this.#call?.cancel(), stopMs);
    await this.#ended;
    clearTimeout(forced);
  }

  /** One link from its beginning to its end; answers whether a recorder registered on it. */
  #dial(address) {
    const client = new grpc.Client(address, clientCredentials(this.#session.options.tls), {
      "grpc.keepalive_time_ms": 10_000,
      "grpc.keepalive_timeout_ms": 10_000,
      "grpc.max_receive_message_length": 8 << 20,
      // A dial is one try: its own connection, no waiting for an earlier one's backoff.
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_retries": 0,
    });
    return new Promise((resolve) => {
      const call = client.makeBidiStreamRequest(attachPath, encodeToRecording, decodeToSfu, tokenMetadata(this.#session.options.token));
      this.#call = call;
      const link = this.#session.open(call, (reason) => call.cancelWithStatus(grpc.status.ABORTED, reason));
      const over = (reason) => {
        this.#session.ended(link, reason);
        client.close();
        resolve(link.registered);
      };
      call.on("data", (message) => this.#session.guard("reading", () => this.#session.handle(link, message)));
      call.on("end", () => call.end());
      // Every call ends with a status; an error event comes before it and says nothing else.
      call.on("error", () => {});
      call.on("status", (status) => {
        if (!link.registered) this.#session.logger.warn?.(`no link to ${address}: ${status.details}`);
        over(status.details || "ended by the recorder");
      });
    });
  }
}
