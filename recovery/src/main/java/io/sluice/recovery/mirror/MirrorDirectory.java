package io.sluice.recovery.mirror;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.recovery.backup.restore.PathNames;
import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.s3.RemoteObject;
import io.sluice.s3.http.ReplicaMark;
import io.sluice.storage.DurableDirectory;
import io.sluice.storage.proto.ObjectVersion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory that a bucket is mirrored to, as files: {@code BUCKET/KEY}, where {@link PathNames}
 * says how keys become names, and what a file can't hold in {@code _metadata/BUCKET} ({@link
 * MirrorNotes}). A file is written beside, made durable, and renamed to its name; what is said of
 * it is written before, beside what is said of the file that it replaces, so that what an
 * interruption leaves is always known for what it is.
 *
 * <p>A mark in {@code _metadata/BUCKET} says that this is the directory, so that one that is not
 * mounted is not taken for it, and what names there are encoded in: the next node writes the same
 * ones.
 */
public final class MirrorDirectory implements MirrorPlace {
  /** What some file systems round times to. */
  private static final Duration TIME_STEP = Duration.ofSeconds(2);

  private static final String METADATA = "_metadata";
  private static final String MARK = "mirror-names";
  private static final String UNFINISHED = ".sluice-mirror";

  private final Path root;
  private final String bucket;
  private final Path metadata;
  private final Path mark;
  private final Path unfinished;
  private final MirrorNotes notes;
  private final Pending pending = new Pending(System::nanoTime);
  private volatile @Nullable MirrorPaths paths;

  /** One object alone can't be had there: the others may be. */
  @FunctionalInterface
  private interface OfOneObject {
    void run() throws IOException;
  }

  private MirrorDirectory(Path root, String bucket, String mirror) {
    this.root = root;
    this.bucket = bucket;
    this.metadata = root.resolve(METADATA).resolve(bucket);
    this.mark = metadata.resolve(MARK);
    this.unfinished = root.resolve(UNFINISHED).resolve(mirror);
    this.notes = new MirrorNotes(metadata);
  }

  /**
   * Opens it; nothing is changed. Blocks.
   *
   * @param mirror a name that no other mirror has
   * @throws NotDirectoryException when it is not there
   */
  public static MirrorDirectory open(Path directory, String bucket, String mirror)
      throws IOException {
    Path root = directory.toAbsolutePath().normalize();
    if (!Files.isDirectory(root)) {
      throw new NotDirectoryException(root + " is not a directory that is there");
    }
    return new MirrorDirectory(root, bucket, mirror);
  }

  @Override
  public boolean isEmpty() throws IOException {
    return pending.ask(this::holdsNothing);
  }

  private boolean holdsNothing() throws IOException {
    try (Stream<Path> there = Files.list(root.resolve(bucket))) {
      return there.findAny().isEmpty();
    } catch (NoSuchFileException none) {
      return true;
    }
  }

  @Override
  public void begin(boolean isNew) throws IOException {
    pending.run(() -> beginNow(isNew));
  }

  private void beginNow(boolean isNew) throws IOException {
    if (!isNew) {
      requireMounted();
    }
    clearUnfinished();
    if (!Files.isRegularFile(mark)) {
      boolean isUnicode = PathNames.charsetOfSystem().equals(UTF_8);
      Charset names = isUnicode ? UTF_8 : StandardCharsets.US_ASCII;
      DurableDirectory.create(metadata);
      DurableDirectory.create(root.resolve(bucket));
      MirrorFile.write(nextUnfinished(), names.name().getBytes(UTF_8), mark);
    }
    paths = new MirrorPaths(root.resolve(bucket), new PathNames(names()));
  }

  private Path nextUnfinished() {
    return unfinished.resolve(UUID.randomUUID().toString());
  }

  private Charset names() throws IOException {
    String said = Files.readString(mark).strip();
    if (said.equals(StandardCharsets.US_ASCII.name())) {
      return StandardCharsets.US_ASCII;
    }
    if (!said.equals(UTF_8.name())) {
      throw new IOException(mark + " does not say what names are encoded in");
    }
    if (!PathNames.charsetOfSystem().equals(UTF_8)) {
      throw new IOException(
          "the names of files in %s are UTF-8, and this node's are not: start it with LC_ALL=C.UTF-8"
              .formatted(root));
    }
    return UTF_8;
  }

  private void requireMounted() throws IOException {
    if (!Files.isRegularFile(mark)) {
      throw new IOException(
          "%s is not the directory that was mirrored to, %s is not there: is it mounted?"
              .formatted(root, root.relativize(mark)));
    }
  }

  /** What a run left that ended. One that lost its lease, and lives, fails. */
  private void clearUnfinished() throws IOException {
    DurableDirectory.create(unfinished);
    try (Stream<Path> left = Files.list(unfinished)) {
      for (Path file : (Iterable<Path>) left::iterator) {
        Files.deleteIfExists(file);
      }
    }
  }

  private MirrorPaths paths() throws IOException {
    requireMounted();
    MirrorPaths begun = paths;
    if (begun == null) {
      throw new IllegalStateException("it was not begun");
    }
    return begun;
  }

  @Override
  public String wholeKey(String key) {
    return bucket + "/" + key;
  }

  @Override
  public NewFile create(String key, ObjectVersion object, String origin) throws IOException {
    return pending.ask(() -> new Answering(begin(key, object, origin), pending));
  }

  private MirrorFile begin(String key, ObjectVersion object, String origin) throws IOException {
    MirrorPaths begun = paths();
    return new MirrorFile(
        nextUnfinished(),
        object.getLastModifiedMs(),
        written ->
            ofOneObject(
                () -> {
                  notes.prepare(key, object, origin, nextUnfinished());
                  DurableDirectory.sync(begun.place(key, written));
                  notes.settle(key);
                }));
  }

  /** A file that may wait for ever. */
  private record Answering(MirrorFile file, Pending pending) implements NewFile {
    @Override
    public void write(ByteBuffer bytes) throws IOException {
      pending.run(() -> file.write(bytes));
    }

    @Override
    public void commit() throws IOException {
      pending.run(file::commit);
    }

    @Override
    public void close() throws IOException {
      pending.run(file::close);
    }
  }

  @Override
  public @Nullable RemoteObject find(String key) throws IOException {
    return pending.ask(() -> askOfOneObject(() -> Optional.ofNullable(look(key)))).orElse(null);
  }

  private @Nullable RemoteObject look(String key) throws IOException {
    Path file = paths().find(key);
    if (file == null) {
      return null;
    }
    BasicFileAttributes there;
    try {
      there = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException none) {
      return null;
    } catch (FileSystemException e) {
      if (isTooLong(e)) {
        return null; // nothing can be there
      }
      throw e;
    }
    if (!there.isRegularFile()) {
      return null;
    }
    Instant modified = there.lastModifiedTime().toInstant();
    MirrorNotes.Note note = notes.find(key);
    if (!isOf(note, modified) || !fits(note, key, there.size())) {
      // Asked second: of two that may both be meant, the older one has the object sent again.
      MirrorNotes.Note next = notes.findNext(key);
      if (isOf(next, modified) && (!isOf(note, modified) || fits(next, key, there.size()))) {
        note = next;
      }
    }
    return note != null && isOf(note, modified)
        ? new RemoteObject(there.size(), note.storedAt(), note.origin())
        : new RemoteObject(there.size(), modified, "");
  }

  /** Who writes to a file makes it another. */
  private static boolean isOf(MirrorNotes.@Nullable Note note, Instant modified) {
    return note != null
        && Duration.between(note.lastModified(), modified).abs().compareTo(TIME_STEP) < 0;
  }

  /** Two objects may come within a step of time. */
  private boolean fits(MirrorNotes.@Nullable Note note, String key, long size) {
    return note != null && ReplicaMark.isOf(note.origin(), wholeKey(key), size, "");
  }

  @Override
  public boolean delete(String key, RemoteObject found) throws IOException {
    pending.run(
        () -> {
          MirrorPaths begun = paths();
          ofOneObject(
              () -> {
                begun.delete(key); // first: a file without a note would be taken for somebody's
                notes.remove(key);
              });
        });
    return true;
  }

  @Override
  public Keys keys(String below, String after) throws IOException {
    MirrorKeys keys = pending.ask(() -> paths().keys(below, after));
    return () -> pending.ask(() -> Optional.ofNullable(keys.next())).orElse(null);
  }

  private static void ofOneObject(OfOneObject operation) throws IOException {
    boolean unused =
        askOfOneObject(
            () -> {
              operation.run();
              return true;
            });
  }

  private static <T> T askOfOneObject(Pending.Operation<T> operation) throws IOException {
    try {
      return operation.run();
    } catch (AccessDeniedException e) {
      throw new ObjectProblemException("access is denied: " + e.getMessage(), e);
    } catch (FileSystemException e) {
      if (isTooLong(e)) {
        throw new ObjectProblemException("its path is too long there", e);
      }
      throw e;
    }
  }

  private static boolean isTooLong(FileSystemException e) {
    return String.valueOf(e.getReason()).contains("name too long");
  }

  @Override
  public String toString() {
    return "file://" + root.resolve(bucket);
  }

  @Override
  public boolean mayMirrorBack() {
    return false;
  }

  @Override
  public Duration silence() {
    return pending.longest();
  }

  @Override
  public void close() {}
}
