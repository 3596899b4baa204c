package io.sluice.recovery.backup.restore;

import io.sluice.recovery.backup.target.NewFile;
import io.sluice.recovery.backup.target.s3.ObjectDescription;
import io.sluice.recovery.backup.target.s3.S3Objects;
import io.sluice.storage.proto.Bucket;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.util.List;

/** Plain objects at an S3 endpoint. What is there keeps its place unless it may be replaced. */
final class EndpointPlace implements RestorePlace {
  private final S3Objects objects;
  private final boolean inFolders;
  private final boolean overwrite;

  private EndpointPlace(S3Objects objects, boolean inFolders, boolean overwrite) {
    this.objects = objects;
    this.inFolders = inFolders;
    this.overwrite = overwrite;
  }

  /**
   * Looks whether something is there.
   *
   * @param objects not closed with this
   * @param inFolders whether keys begin with their bucket's name and a slash
   * @throws DirectoryNotEmptyException when there is, and it may not be replaced
   */
  static EndpointPlace open(S3Objects objects, boolean inFolders, boolean overwrite)
      throws IOException {
    if (!overwrite && !objects.isEmpty()) {
      throw new DirectoryNotEmptyException(objects.toString());
    }
    return new EndpointPlace(objects, inFolders, overwrite);
  }

  /** Begins to write an object. */
  OutgoingObject begin(WantedObject object) {
    String key = inFolders ? object.name() : object.key();
    NewFile upload =
        objects.create(key, ObjectDescription.of(object.version()), object.size(), overwrite);
    return new OutgoingObject(upload, object.row());
  }

  /** One without objects leaves nothing there. */
  @Override
  public void bucket(Bucket bucket) {}

  @Override
  public void restore(List<WantedObject> batch, PackReads packs, RestoreTally tally)
      throws IOException {
    new BatchUpload(batch, this, packs, tally).run();
  }

  @Override
  public void finish() {}

  @Override
  public void close() {}
}
