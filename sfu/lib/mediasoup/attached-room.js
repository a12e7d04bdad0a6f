import { openProducer } from "./producer-media.js";

const lookMs = 500;

/**
 * A room of mediasoup-demo's shape (`_roomId`, `_protooRoom`, `_mediasoupRouter`, `peer.data.producers`, `_roomPolicy`), told to the recorder.
 * The room's code stays as it is: its peers are compared with what was told before after each of its requests and twice a second; producers report their changes themselves.
 */
export class AttachedRoom {
  #server;
  #room;
  #session;
  #options;
  #whenStopped;
  #timer = null;
  #undo = [];
  #watched = new Map();
  #policyJson;
  #direct = null;
  #volumes = new Map();
  #stopped = false;

  constructor(server, room, options = {}, session, whenStopped) {
    this.#server = server;
    this.#room = room;
    this.#session = session;
    this.#whenStopped = whenStopped;
    this.#options = {
      roomId: room._roomId ?? room.id,
      roomName: room._roomName,
      meetingType: room._meetingType,
      router: room._mediasoupRouter,
      audioLevelObserver: room._audioLevelObserver,
      activeSpeakerObserver: room._activeSpeakerObserver,
      peers: () => room._protooRoom?.peers ?? [],
      policy: () => room._roomPolicyJson ?? room._roomPolicy ?? null,
      ...options,
    };
    for (const name of ["roomId", "router"]) if (!this.#options[name]) throw new TypeError(`attachRoom: the room has no ${name}; give it as an option`);
  }

  start() {
    const { roomId, roomName, meetingType } = this.#options;
    const policy = this.#options.policy();
    this.#policyJson = JSON.stringify(policy);
    this.recorded = this.#server.roomCreated({ roomId, roomName, meetingType, policy });
    this.#listen(this.#room, "close", () => this.stop());
    this.#listen(this.#options.activeSpeakerObserver, "dominantspeaker", ({ producer }) => this.#speaks(producer));
    this.#listen(this.#options.audioLevelObserver, "volumes", (volumes) => this.#onVolumes(volumes));
    this.#wrapRequests();
    this.#timer = setInterval(() => this.#look(), lookMs);
    this.#timer.unref();
    this.#look();
  }

  stop() {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#timer);
    for (const undo of this.#undo) undo();
    this.recorded.close(this.#room._closed === false ? "detached" : "closed");
    const direct = this.#direct;
    this.#direct = null;
    direct?.then((transport) => transport.close(), () => {});
    this.#whenStopped();
  }

  #listen(emitter, name, listener) {
    if (typeof emitter?.on !== "function") return;
    const guarded = (...values) => this.#session.guard(`on ${name}`, () => listener(...values));
    emitter.on(name, guarded);
    this.#undo.push(() => emitter.removeListener(name, guarded));
  }

  // Joining and producing happen in this method: looking right behind it gives exact times.
  #wrapRequests() {
    const room = this.#room;
    const original = room._handleProtooRequest;
    if (typeof original !== "function") return;
    room._handleProtooRequest = async (...values) => {
      try {
        return await original.apply(room, values);
      } finally {
        this.#look();
      }
    };
    this.#undo.push(() => delete room._handleProtooRequest);
  }

  #look() {
    if (!this.#stopped) this.#session.guard("looking at a room", () => this.#compare());
  }

  #compare() {
    const policy = this.#options.policy();
    const policyJson = JSON.stringify(policy);
    if (policyJson !== this.#policyJson) {
      this.#policyJson = policyJson;
      this.recorded.policyUpdated(policy);
    }
    const present = new Map();
    for (const peer of this.#options.peers()) {
      if (peer.data?.joined !== false) present.set(peer.id, peer);
    }
    for (const peerId of [...this.recorded.peers.keys()]) if (!present.has(peerId)) this.recorded.peerLeft(peerId);
    for (const peer of present.values()) {
      this.recorded.peerJoined({ peerId: peer.id, displayName: peer.data?.displayName, device: peer.data?.device?.name ?? peer.data?.device?.flag });
      for (const producer of peer.data?.producers?.values() ?? []) this.#watch(peer, producer);
    }
  }

  #watch(peer, producer) {
    if (producer.closed || this.#watched.has(producer.id)) return;
    const recorded = this.recorded.producerCreated({
      producerId: producer.id,
      peerId: peer.id,
      kind: producer.kind,
      appData: producer.appData,
      paused: producer.paused,
      rtpParameters: producer.rtpParameters,
      open: (sink) => openProducer(producer, () => this.#directTransport(), this.#options.router.rtpCapabilities, sink, (quality) => recorded.quality(quality)),
    });
    this.#watched.set(producer.id, recorded);
    // A producer that the recorder knows as closed is deaf: nothing has to be undone here.
    producer.observer.on("pause", () => this.#session.guard("on pause", () => recorded.pause()));
    producer.observer.on("resume", () => this.#session.guard("on resume", () => recorded.resume()));
    producer.observer.once("close", () => {
      this.#watched.delete(producer.id);
      this.#session.guard("on close", () => recorded.close());
    });
  }

  #directTransport() {
    this.#direct ??= this.#options.router.createDirectTransport().catch((error) => {
      this.#direct = null;
      throw error;
    });
    return this.#direct;
  }

  #onVolumes(volumes) {
    this.#volumes.clear();
    for (const { producer, volume } of volumes) this.#volumes.set(producer.id, volume);
    if (!this.#options.activeSpeakerObserver && volumes.length > 0) this.#speaks(volumes[0].producer);
  }

  #speaks(producer) {
    const recorded = this.#watched.get(producer.id);
    if (recorded) this.recorded.activeSpeaker(recorded.peerId, this.#volumes.get(producer.id) ?? 0);
  }
}
