/** An S3 endpoint in the test's hands, and what a target makes of it. */
@NullMarked
package io.sluice.recovery.backup.target.s3;

import org.jspecify.annotations.NullMarked;
