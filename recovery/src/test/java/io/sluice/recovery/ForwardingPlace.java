package io.sluice.recovery;

import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.s3.RemoteObject;
import io.sluice.recovery.backup.target.s3.S3Objects;
import io.sluice.recovery.mirror.MirrorPlace;
import io.sluice.storage.proto.ObjectVersion;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Another place, of which a test changes something. */
abstract class ForwardingPlace implements MirrorPlace {
  private final MirrorPlace place;

  ForwardingPlace(MirrorPlace place) {
    this.place = place;
  }

  @Override
  public void begin(boolean isNew) throws IOException {
    place.begin(isNew);
  }

  @Override
  public boolean isEmpty() throws IOException {
    return place.isEmpty();
  }

  @Override
  public String wholeKey(String key) {
    return place.wholeKey(key);
  }

  @Override
  public NewFile create(String key, ObjectVersion object, String origin) throws IOException {
    return place.create(key, object, origin);
  }

  @Override
  public @Nullable RemoteObject find(String key) throws IOException {
    return place.find(key);
  }

  @Override
  public boolean delete(String key, RemoteObject found) throws IOException {
    return place.delete(key, found);
  }

  @Override
  public boolean isTransient(IOException failure) {
    return place.isTransient(failure);
  }

  @Override
  public void guard(S3Objects.Guard guard) {
    place.guard(guard);
  }

  @Override
  public Keys keys(String below, String after) throws IOException {
    return place.keys(below, after);
  }

  @Override
  public boolean mayMirrorBack() {
    return place.mayMirrorBack();
  }

  @Override
  public Duration silence() {
    return place.silence();
  }

  @Override
  public void close() {
    place.close();
  }
}
