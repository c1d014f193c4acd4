import { expect, test } from "vitest";
import { framed, unframed } from "./grpcweb";

test("a reply has its message and then its trailers", () => {
  const trailers = framed(new TextEncoder().encode("grpc-status:5\r\nGrpc-Message: not%20here\r\n"));
  trailers[0] = 0x80;
  const { message, trailers: told } = unframed(new Uint8Array([...framed(new Uint8Array([1, 2, 3])), ...trailers]));
  expect([...(message ?? [])]).toEqual([1, 2, 3]);
  expect(Object.fromEntries(told)).toEqual({ "grpc-status": "5", "grpc-message": "not%20here" });
});

test("a reply that ends early is refused", () => {
  expect(() => unframed(framed(new Uint8Array(9)).subarray(0, 10))).toThrow("early");
});
