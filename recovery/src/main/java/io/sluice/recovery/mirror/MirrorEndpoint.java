package io.sluice.recovery.mirror;

import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.s3.ObjectDescription;
import io.sluice.recovery.backup.target.s3.RemoteObject;
import io.sluice.recovery.backup.target.s3.S3Objects;
import io.sluice.storage.proto.ObjectVersion;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An S3 endpoint that a bucket is mirrored to. */
public final class MirrorEndpoint implements MirrorPlace {
  private final S3Objects objects;

  /**
   * @param objects closed with this
   */
  public MirrorEndpoint(S3Objects objects) {
    this.objects = objects;
  }

  @Override
  public boolean isEmpty() throws IOException {
    return objects.isEmpty();
  }

  @Override
  public String wholeKey(String key) {
    return objects.wholeKey(key);
  }

  /** Without its mark it would come back from there for ever, and never be deleted there. */
  @Override
  public NewFile create(String key, ObjectVersion object, String origin)
      throws ObjectProblemException {
    ObjectDescription description = ObjectDescription.of(object).with(Origin.NAME, origin);
    if (description == null) {
      throw new ObjectProblemException(
          "its user metadata leaves no room for where it came from", null);
    }
    return objects.create(key, description, object.getSize(), true);
  }

  @Override
  public @Nullable RemoteObject find(String key) throws IOException {
    return objects.find(key, Origin.NAME);
  }

  @Override
  public boolean delete(String key, RemoteObject found) throws IOException {
    return objects.delete(key, found);
  }

  @Override
  public boolean isTransient(IOException failure) {
    return S3Objects.isTransient(failure);
  }

  @Override
  public void guard(S3Objects.Guard guard) {
    objects.guard(guard);
  }

  @Override
  public Keys keys(String below, String after) {
    S3Objects.Entries entries = objects.entries(below, after);
    return () -> {
      S3Objects.Entry entry = entries.next();
      return entry == null ? null : entry.key();
    };
  }

  @Override
  public String toString() {
    return objects.toString();
  }

  @Override
  public void close() {
    objects.close();
  }
}
