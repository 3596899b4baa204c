/** A part of a bucket, at any endpoint that speaks S3, as a target of backups. */
@NullMarked
package io.sluice.recovery.backup.target.s3;

import org.jspecify.annotations.NullMarked;
