package io.sluice.recovery.backup.target.s3;

import io.sluice.s3.auth.Digests;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** The bytes of a request's body, as often as they must be sent. Immutable. */
final class Payload {
  static final Payload EMPTY = new Payload(List.of());

  private final List<byte[]> blocks;
  private final long size;
  private final String sha256Hex;

  /**
   * @param blocks in order; not written to afterwards
   */
  Payload(List<byte[]> blocks) {
    this.blocks = List.copyOf(blocks);
    this.size = this.blocks.stream().mapToLong(block -> block.length).sum();
    this.sha256Hex = HexFormat.of().formatHex(digest(Digests.newSha256()));
  }

  static Payload of(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Payload(List.of(bytes));
  }

  long size() {
    return size;
  }

  /** Lower-case hex. */
  String sha256Hex() {
    return sha256Hex;
  }

  /** As {@code Content-MD5} has it. */
  String md5Base64() {
    return Base64.getEncoder().encodeToString(md5());
  }

  /** As an ETag has it, without quotes. */
  String md5Hex() {
    return HexFormat.of().formatHex(md5());
  }

  private byte[] md5() {
    try {
      return digest(MessageDigest.getInstance("MD5"));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has MD5", impossible);
    }
  }

  private byte[] digest(MessageDigest digest) {
    blocks.forEach(digest::update);
    return digest.digest();
  }

  /** Copies no more than a block at a time. */
  BodyPublisher publisher() {
    return size == 0
        ? BodyPublishers.noBody()
        : BodyPublishers.fromPublisher(BodyPublishers.ofByteArrays(blocks), size);
  }
}
