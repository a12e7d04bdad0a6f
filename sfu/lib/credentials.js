import { createHash, timingSafeEqual } from "node:crypto";
import grpc from "@grpc/grpc-js";
import { codes } from "./errors.js";

const bytes = (pem) => (pem === undefined || pem === null ? null : Buffer.from(pem));

/** How a server proves itself, and whether it asks for certificates. @param {{cert: string|Buffer, key: string|Buffer, ca?: string|Buffer} | undefined} tls PEM */
export function serverCredentials(tls) {
  if (tls === undefined) return grpc.ServerCredentials.createInsecure();
  return grpc.ServerCredentials.createSsl(bytes(tls.ca), [{ cert_chain: bytes(tls.cert), private_key: bytes(tls.key) }], tls.ca !== undefined);
}

/** How a client proves itself. @param {{ca?: string|Buffer, cert?: string|Buffer, key?: string|Buffer} | true | undefined} tls PEM; true = the system's authorities */
export function clientCredentials(tls) {
  if (tls === undefined) return grpc.credentials.createInsecure();
  return tls === true ? grpc.credentials.createSsl() : grpc.credentials.createSsl(bytes(tls.ca), bytes(tls.key), bytes(tls.cert));
}

/** @param {string | undefined} token */
export function tokenMetadata(token) {
  const metadata = new grpc.Metadata();
  if (token) metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}

const digest = (text) => createHash("sha256").update(text).digest();

/** Null when a caller may come in, else what to refuse it with. Compares in constant time. */
export function refusal(token, metadata) {
  if (!token) return null;
  const sent = metadata.get("authorization")[0] ?? "";
  if (timingSafeEqual(digest(`${sent}`), digest(`Bearer ${token}`))) return null;
  return { code: grpc.status.UNAUTHENTICATED, details: `${codes.badToken}: bad token` };
}
