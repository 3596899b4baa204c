package io.sluice.recovery.backup.target;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a target needs beside its URL.
 *
 * @param credentialsFile as AWS's tools have it, with a section {@code [default]}; null: the
 *     variables of the environment
 * @param environment of the process
 * @param clock requests are signed with its time, and files locked from it on
 * @param patience how long an answer may take, which is asked for once; null: as long, and as
 *     often, as a backup can wait. Of a directory it is as the file system has it
 */
public record TargetAccess(
    @Nullable Path credentialsFile,
    Map<String, String> environment,
    InstantSource clock,
    @Nullable Duration patience) {
  /** Of a target that a backup can wait for. */
  public TargetAccess(
      @Nullable Path credentialsFile, Map<String, String> environment, InstantSource clock) {
    this(credentialsFile, environment, clock, null);
  }

  public TargetAccess {
    environment = Map.copyOf(environment);
  }

  /** Without the environment, which may hold credentials. */
  @Override
  public String toString() {
    return "TargetAccess[" + (credentialsFile == null ? "environment" : credentialsFile) + "]";
  }
}
