package io.sluice.recovery.backup.restore;

import io.sluice.storage.proto.Bucket;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A directory, with files for objects, and what they can't hold beside them. */
final class DirectoryPlace implements RestorePlace {
  private final RestoreDirectory directory;
  private final MetadataLines metadata;
  private final PathNames names = PathNames.ofSystem();

  private DirectoryPlace(RestoreDirectory directory) {
    this.directory = directory;
    this.metadata = new MetadataLines(directory);
  }

  static DirectoryPlace open(Path directory, boolean overwrite) throws IOException {
    return new DirectoryPlace(RestoreDirectory.open(directory, overwrite));
  }

  @Override
  public void bucket(Bucket bucket) throws IOException {
    metadata.bucket(WantedObjects.bucketDirectory(names, bucket.getName()), bucket);
  }

  @Override
  public void restore(List<WantedObject> batch, PackReads packs, RestoreTally tally)
      throws IOException {
    new BatchRestore(batch, directory, metadata, packs, tally).run();
  }

  @Override
  public void finish() throws IOException {
    metadata.finish();
  }

  @Override
  public void close() throws IOException {
    try (directory) {
      metadata.close();
    }
  }
}
