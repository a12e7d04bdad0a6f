// Objects with the shapes of mediasoup 3 and of mediasoup-demo's Room.js; what they emit is up to the test.
import { EventEmitter } from "node:events";

let nextSsrc = 900_000_000;
let nextId = 1;

export class FakeConsumer extends EventEmitter {
  constructor(producer, options) {
    super();
    this.id = `consumer-${nextId++}`;
    this.options = options;
    this.closed = false;
    this.keyframes = 0;
    // A pipe consumer has an encoding for each of the producer's; SSRCs are always new.
    const encodings = options.pipe ? producer.rtpParameters.encodings.map(({ rid }) => ({ ...(rid ? { rid } : {}), ssrc: nextSsrc++ })) : [{ ssrc: nextSsrc++ }];
    this.rtpParameters = { codecs: producer.rtpParameters.codecs, headerExtensions: [], encodings, rtcp: {} };
  }

  async requestKeyFrame() {
    this.keyframes++;
  }

  close() {
    this.closed = true;
  }
}

export class FakeProducer extends EventEmitter {
  constructor({ kind, type = "simple", rtpParameters, appData = {}, traces = [] }) {
    super();
    this.id = `producer-${nextId++}`;
    Object.assign(this, { kind, type, rtpParameters, appData, paused: false, closed: false, observer: new EventEmitter(), score: [], consumers: [], traces });
  }

  async dump() {
    return { traceEventTypes: this.traces };
  }

  async enableTraceEvent(types) {
    this.traces = types;
  }

  pause() {
    this.paused = true;
    this.observer.emit("pause");
  }

  resume() {
    this.paused = false;
    this.observer.emit("resume");
  }

  close() {
    this.closed = true;
    this.observer.emit("close");
  }
}

class FakeRouter {
  rtpCapabilities = { codecs: [] };
  producers = new Map();
  transports = [];

  async createDirectTransport() {
    const router = this;
    const transport = {
      closed: false,
      async consume(options) {
        const producer = router.producers.get(options.producerId);
        const consumer = new FakeConsumer(producer, options);
        producer.consumers.push(consumer);
        return consumer;
      },
      close() {
        this.closed = true;
      },
    };
    this.transports.push(transport);
    return transport;
  }
}

/** mediasoup-demo's Room with a policy, as the plan has it. */
export class FakeRoom extends EventEmitter {
  constructor(roomId, policy) {
    super();
    this._roomId = roomId;
    this._closed = false;
    this._roomPolicy = policy;
    this._mediasoupRouter = new FakeRouter();
    this._protooRoom = { peers: [] };
    this._audioLevelObserver = new EventEmitter();
    this._activeSpeakerObserver = new EventEmitter();
  }

  async _handleProtooRequest(peer, request) {
    if (request.method === "join") {
      peer.data.joined = true;
      peer.data.displayName = request.data.displayName;
      peer.data.device = request.data.device;
    } else if (request.method === "produce") {
      const producer = new FakeProducer(request.data);
      this._mediasoupRouter.producers.set(producer.id, producer);
      peer.data.producers.set(producer.id, producer);
      return producer;
    }
    return undefined;
  }

  connect(id) {
    const peer = { id, data: { joined: false, producers: new Map() } };
    this._protooRoom.peers.push(peer);
    return peer;
  }

  disconnect(peer) {
    for (const producer of peer.data.producers.values()) producer.close();
    this._protooRoom.peers.splice(this._protooRoom.peers.indexOf(peer), 1);
  }

  close() {
    this._closed = true;
    this.emit("close");
  }
}
