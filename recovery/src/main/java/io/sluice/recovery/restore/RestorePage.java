package io.sluice.recovery.restore;

import com.google.protobuf.ByteString;
import io.sluice.storage.proto.ObjectDifference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a page of objects that were to be restored.
 *
 * @param restored objects that are again what they were
 * @param bytes of those
 * @param deleted objects that were not there then
 * @param left objects that were not touched, because that would have replaced or deleted them
 * @param changed objects that somebody wrote meanwhile, and that were left so
 * @param damaged objects that were not restored, because their bytes are not those that were stored
 *     or can't be read; only where bytes are copied
 * @param next behind which key the next page begins, possibly empty, and possibly where this one
 *     began, when of a long object a part was copied; null when this was the last
 */
public record RestorePage(
    long restored,
    long bytes,
    long deleted,
    List<ObjectDifference> left,
    List<ByteString> changed,
    List<ByteString> damaged,
    @Nullable ByteString next) {}
