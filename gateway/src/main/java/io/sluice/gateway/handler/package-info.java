/** The S3 operations: one class each. */
@NullMarked
package io.sluice.gateway.handler;

import org.jspecify.annotations.NullMarked;
