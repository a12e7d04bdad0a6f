import grpc from "@grpc/grpc-js";
import { refusal, serverCredentials } from "./credentials.js";
import { bridgeService } from "./wire.js";

const stopMs = 2000;

/** The SFU as a server: recorders dial in (plan, section 5.1). */
export class BridgeEndpoint {
  #session;
  #server;
  #startedUs;

  constructor(session) {
    this.#session = session;
    this.#startedUs = session.clock();
    this.#server = new grpc.Server({
      "grpc.keepalive_time_ms": 10_000,
      "grpc.keepalive_timeout_ms": 10_000,
      "grpc.max_receive_message_length": 8 << 20,
    });
    this.#server.addService(bridgeService, {
      Connect: (call) => this.#connect(call),
      HealthCheck: (call, callback) => this.#health(call, callback),
    });
  }

  /** Listens and answers the port; rejects where that cannot be. */
  listen(host, port, tls) {
    return new Promise((resolve, reject) => {
      const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
      this.#server.bindAsync(address, serverCredentials(tls), (error, bound) => (error ? reject(error) : resolve(bound)));
    });
  }

  /** Lets links end, then ends them. */
  async close() {
    const forced = setTimeout(() => this.#server.forceShutdown(), stopMs);
    await new Promise((resolve) => this.#server.tryShutdown(resolve));
    clearTimeout(forced);
  }

  #connect(call) {
    const refused = refusal(this.#session.options.token, call.metadata);
    if (refused !== null) {
      call.emit("error", refused);
      return;
    }
    const link = this.#session.open(call, (reason) => call.emit("error", { code: grpc.status.ABORTED, details: reason }));
    call.on("data", (message) => this.#session.guard("reading", () => this.#session.handle(link, message)));
    call.on("error", (error) => this.#session.ended(link, error.details ?? error.message));
    call.on("cancelled", () => this.#session.ended(link, "cancelled by the recorder"));
    call.on("end", () => {
      call.end();
      this.#session.ended(link, "ended by the recorder");
    });
  }

  #health(call, callback) {
    const refused = refusal(this.#session.options.token, call.metadata);
    if (refused !== null) {
      callback(refused);
      return;
    }
    const { roomsRecording, sentBytes } = this.#session.stats();
    callback(null, {
      healthy: true,
      service_id: this.#session.options.sfuId,
      active_recordings: roomsRecording,
      total_bytes_written: sentBytes,
      uptime_seconds: Math.floor((this.#session.clock() - this.#startedUs) / 1e6),
    });
  }
}
