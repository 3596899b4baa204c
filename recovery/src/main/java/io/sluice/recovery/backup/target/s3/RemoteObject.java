package io.sluice.recovery.backup.target.s3;

import java.time.Instant;

/**
 * An object as an endpoint shows it.
 *
 * @param size bytes
 * @param lastModified by the endpoint's clock
 * @param note the item of user metadata that was asked for; empty when it is not there
 * @param etag as it was given, with its quotes; empty where there is none
 * @param md5 of its bytes, in hexadecimal, where the ETag is that; else whatever that is
 */
public record RemoteObject(long size, Instant lastModified, String note, String etag, String md5) {
  /** One that has no ETag. */
  public RemoteObject(long size, Instant lastModified, String note) {
    this(size, lastModified, note, "", "");
  }
}
