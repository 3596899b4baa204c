package io.sluice.recovery.backup.target.s3;

import java.time.Instant;

/**
 * An object as an endpoint shows it.
 *
 * @param size bytes
 * @param lastModified by the endpoint's clock
 * @param note the item of user metadata that was asked for; empty when it is not there
 */
public record RemoteObject(long size, Instant lastModified, String note) {}
