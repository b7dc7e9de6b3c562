/* SPDX-License-Identifier: MIT */
/*
 * sanitized.h: tells if a test is built with a sanitizer, whose runtime replaces functions of
 * libc.
 */
#ifndef UH_TEST_SANITIZED_H
#define UH_TEST_SANITIZED_H

#if defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#endif
