/** The SFU's side of the Brollyhub recording service. Nothing here waits for the recorder or throws into the SFU's event loop, except where it says so. */

export interface Tls {
  /** PEM: own certificate and its key. */
  cert?: string | Buffer;
  key?: string | Buffer;
  /** PEM: the authority of the other side's certificate; a server then asks for client certificates. */
  ca?: string | Buffer;
}

export interface Logger {
  info?(text: string): void;
  warn?(text: string): void;
  error?(text: string): void;
}

export interface RecordingServerOptions {
  /** Name of this SFU; the machine's when left out. It has to stay the same over restarts and differ from other SFUs'. */
  sfuId?: string;
  /** Where RecordingSfuBridge is served, when not dialling. Default 0.0.0.0. */
  host?: string;
  /** Default 50055; 0 = a free one, see `RecordingServer.port`. */
  port?: number;
  /** `host:port` of the recorder's port 50054, or several that are tried in turn: this SFU dials (RecordingIngest.Attach) instead of listening. */
  dial?: string | string[];
  /** `host:port` of the recorder's control service, for stop, pause and resume; the first of `dial` when left out. */
  control?: string;
  /** Shared token: asked of recorders that dial, sent when dialling and to the control service. */
  token?: string;
  /** Makes the server speak TLS, or the client dial with it; `true` = dial with the system's authorities. */
  tls?: Tls | true;
  /** TLS of the control service where `tls` is a server's. */
  controlTls?: Tls | true;
  /** Bytes kept for each track until the recorder has stored them. Default 32 MiB. */
  ringBytes?: number;
  /** Seconds kept for each track. Default 120. */
  ringSeconds?: number;
  /** Bytes kept for all tracks together. Default 512 MiB. */
  totalRingBytes?: number;
  /** A batch goes out when its oldest packet has waited this long, in ms. Default 60. */
  batchMs?: number;
  /** Or when it has this many bytes, 1 KiB to 60 KiB. Default 16 KiB. */
  batchBytes?: number;
  /** Bytes sent ahead of what is stored before the recorder names its window. Default 1 MiB. */
  windowBytes?: number;
  /** Bytes that may wait in the connection before tracks are held back. Default 4 MiB. */
  linkBufferBytes?: number;
  /** Extensions that are announced (docs/protocol.md); all when left out. */
  capabilities?: readonly string[];
  /** Default: warnings and errors to the console. */
  logger?: Logger;
}

/**
 * The room policy: the plan's JSON or its object (`features.recording`, `roles`), or the fields of the wire's RecordingPolicy. `outputs` beside `enabled`
 * (`report`, `composite`, `tracks`, `transcript`) names what each recording gets when it has ended.
 */
export type Policy = string | Record<string, unknown> | null;

export interface RoomOptions {
  roomId: string;
  roomName?: string;
  /** The policy's host when left out. */
  hostId?: string;
  meetingType?: string;
  policy?: Policy;
}

export interface PeerOptions {
  peerId: string;
  displayName?: string;
  device?: string;
  /** Roles; by the policy when left out. */
  isHost?: boolean;
  isCoHost?: boolean;
  isPanelist?: boolean;
}

/** mediasoup's shape; any SFU can fill it from SDP. */
export interface RtpParameters {
  codecs: { mimeType: string; payloadType: number; clockRate: number; channels?: number; parameters?: Record<string, unknown> }[];
  headerExtensions?: { id: number; uri: string }[];
  encodings?: { ssrc?: number; rid?: string; rtx?: { ssrc: number }; scalabilityMode?: string }[];
}

export interface SenderReport {
  /** As in the packets. */
  ssrc: number;
  /** NTP time of RFC 3550, 6.4.1: seconds since 1900 and their fraction. */
  ntpSeconds: number;
  ntpFraction: number;
  rtpTimestamp: number;
}

/** Takes what comes of a producer. */
export interface MediaSink {
  /** One RTP packet, which is copied; `timeUs` = arrival, µs since 1970, now when left out. False = it is not recorded. Never throws. */
  rtp(packet: Uint8Array, timeUs?: number): boolean;
  senderReport(report: SenderReport, timeUs?: number): void;
}

/** A producer whose media was opened for the recorder. */
export interface OpenedMedia {
  consumerId?: string;
  consumerType?: "simple" | "pipe" | "svc" | "simulcast";
  /** What the packets are made of where it differs from the producer's: new SSRCs, other payload types. Encodings in the producer's order. */
  rtpParameters?: RtpParameters;
  /** 0 = every encoding. */
  requestKeyframe?(ssrc: number): unknown;
  close?(): unknown;
}

export interface ProducerOptions {
  /** Of this producer alone: one that follows it in the same room has another. */
  producerId: string;
  peerId: string;
  kind: "audio" | "video";
  /** mic, camera or screenshare; by kind, `appData.share` and a peer id that begins with `sharescreen_` when left out. */
  trackType?: string;
  isScreenshare?: boolean;
  displayName?: string;
  appData?: Record<string, unknown>;
  paused?: boolean;
  rtpParameters?: RtpParameters;
  /** Called when the recorder subscribes. Left out: the SFU calls `RecordedProducer.rtp` for every packet, which costs nothing while nobody records. */
  open?(sink: MediaSink): OpenedMedia | void | Promise<OpenedMedia | void>;
  /** Without `open`: asks the sender for a key frame; 0 = every encoding. */
  requestKeyframe?(ssrc: number): unknown;
}

export interface RecordedProducer extends MediaSink {
  readonly producerId: string;
  readonly peerId: string;
  /** The recorder takes what comes. */
  readonly isRecorded: boolean;
  readonly paused: boolean;
  readonly closed: boolean;
  pause(): void;
  resume(): void;
  close(reason?: string): void;
  /** How well its streams arrive (0 = nothing, to 10), and which layers the recorder gets; told at most once a second. */
  quality(quality: { scores?: { ssrc: number; rid?: string; score: number }[]; layers?: { spatial: number; temporal: number } | null }): void;
}

export interface RecordingConfig {
  record_audio?: boolean;
  record_video?: boolean;
  record_screenshare?: boolean;
  participant_ids?: string[];
  storage_path?: string;
}

export interface ControlOptions {
  /** Who asks; empty = the SFU itself. */
  peerId?: string;
  /** Empty = the current one. */
  recordingId?: string;
}

export interface RecordedRoom {
  readonly roomId: string;
  readonly recording: boolean;
  readonly recordingPaused: boolean;
  readonly closed: boolean;
  policyUpdated(policy: Policy): void;
  peerJoined(peer: PeerOptions): void;
  /** Closes the peer's producers as well. */
  peerLeft(peerId: string, reason?: string): void;
  producerCreated(options: ProducerOptions): RecordedProducer;
  /** `volume` in dBov, -127 to 0. */
  activeSpeaker(peerId: string, volume?: number): void;
  close(reason?: string): void;
  /** The plan's role check, then the recorder is asked. Rejects with a RecordingError: 5001 disabled, 5002 not authorized, 1001 no recorder, or the recorder's own code. */
  startRecording(peerId: string, config?: RecordingConfig): Promise<{ recordingId: string }>;
  /** These call the recorder's control service (option `control`) and reject with a RecordingError. */
  stopRecording(options?: ControlOptions & { compose?: boolean }): Promise<void>;
  pauseRecording(options?: ControlOptions): Promise<void>;
  resumeRecording(options?: ControlOptions): Promise<void>;
}

/** What `attachRoom` needs to know where a room does not have mediasoup-demo's names. */
export interface AttachOptions {
  roomId?: string;
  roomName?: string;
  meetingType?: string;
  router?: object;
  audioLevelObserver?: object;
  activeSpeakerObserver?: object;
  /** Present peers: `{ id, data: { joined, displayName, device, producers: Map } }`. */
  peers?(): Iterable<object>;
  policy?(): Policy;
}

export interface Stats {
  connected: boolean;
  links: number;
  rooms: number;
  roomsRecording: number;
  /** Producers that are recorded now. */
  tracks: number;
  receivedPackets: number;
  /** Packets that were no RTP or too long. */
  refusedPackets: number;
  sentPackets: number;
  sentBytes: number;
  /** Packets that were sent again. */
  replayedPackets: number;
  /** Packets that gave way in a ring before the recorder had stored them. */
  droppedPackets: number;
  /** Bytes in the rings. */
  ringBytes: number;
  /** Bytes that wait for the network. */
  queuedBytes: number;
  droppedEvents: number;
  recorderErrors: number;
  /** Errors in this package or in what the SFU gave it; each is logged. */
  failures: number;
}

export declare class RecordingServer {
  /** Port that recorders dial; 0 where this SFU dials. */
  readonly port: number;
  /** Random number of this SFU process. */
  readonly sessionId: bigint;
  /** Now on this SFU's clock, µs since 1970; it never steps back. */
  now(): number;
  /** The open room of this id. */
  room(roomId: string): RecordedRoom | undefined;
  roomCreated(options: RoomOptions): RecordedRoom;
  roomClosed(roomId: string, reason?: string): void;
  policyUpdated(roomId: string, policy: Policy): void;
  peerJoined(roomId: string, peer: PeerOptions): void;
  peerLeft(roomId: string, peerId: string, reason?: string): void;
  producerCreated(roomId: string, options: ProducerOptions): RecordedProducer | undefined;
  producerClosed(roomId: string, producerId: string, reason?: string): void;
  producerPaused(roomId: string, producerId: string): void;
  producerResumed(roomId: string, producerId: string): void;
  activeSpeaker(roomId: string, peerId: string, volume?: number): void;
  /** Attaches a mediasoup room; it is left by itself when the room emits `close`. Throws a TypeError where it finds no room id or router. */
  attachRoom(room: object, options?: AttachOptions): RecordedRoom;
  stats(): Stats;
  /** Waits until everything taken is stored, at most `drainMs` (10000), then ends. */
  close(options?: { drainMs?: number }): Promise<void>;
}

/** Starts listening, or dialling where `dial` is given. Rejects with a RangeError for options out of range, or where the port cannot be had. */
export declare function createRecordingServer(options?: RecordingServerOptions): Promise<RecordingServer>;

/** An error with a code of docs/protocol.md. */
export declare class RecordingError extends Error {
  readonly code: number;
}

export declare const codes: Readonly<Record<string, number>>;
