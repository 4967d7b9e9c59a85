#include "textflag.h"

// Offsets in classTables.
#define tokenLo   0
#define tokenHi   32
#define low       64
#define digitBase 96
#define digitTop  128

// The size of a word, and offsets in it.
#define wordSize 32
#define token    0
#define digit    8
#define short    16
#define long     24

// HALVES leaves the low halves of the bytes of Y0 in Y1, the high ones in Y2.
#define HALVES \
	VPAND  Y15, Y0, Y1 \
	VPSRLW $4, Y0, Y2  \
	VPAND  Y15, Y2, Y2

// CLASS(lo, hi, out): the bits that the entries of both halves share.
#define CLASS(lo, hi, out) \
	VPSHUFB Y1, lo, Y3 \
	VPSHUFB Y2, hi, Y4 \
	VPAND   Y3, Y4, out

// CLASSES classifies the 32 bytes at off(SI): token bits, inverted, and digit bits are
// left in the given registers.
#define CLASSES(off, tokens, digits) \
	VMOVDQU   off(SI), Y0       \
	VPADDB    Y12, Y0, Y3       \
	VPMINUB   Y11, Y3, Y4       \
	VPCMPEQB  Y3, Y4, Y3        \
	VPMOVMSKB Y3, digits        \
	HALVES                      \
	CLASS(Y14, Y13, Y3)         \
	VPCMPEQB  Y6, Y3, Y3        \
	VPMOVMSKB Y3, tokens

// func classify(dst *word, src *byte, blocks int, t *classTables)
TEXT ·classify(SB), NOSPLIT, $0-32
	MOVQ    dst+0(FP), DI
	MOVQ    src+8(FP), SI
	MOVQ    blocks+16(FP), DX
	MOVQ    t+24(FP), CX
	VMOVDQU tokenLo(CX), Y14
	VMOVDQU tokenHi(CX), Y13
	VMOVDQU low(CX), Y15
	VMOVDQU digitBase(CX), Y12
	VMOVDQU digitTop(CX), Y11
	VPXOR   Y6, Y6, Y6
	XORQ    AX, AX

classifyLoop:
	CLASSES(0, R8, R9)
	CLASSES(32, R11, R12)
	SHLQ $32, R11
	SHLQ $32, R12
	ORQ  R11, R8
	ORQ  R12, R9
	NOTQ R8
	MOVQ R8, token(DI)
	MOVQ R9, digit(DI)
	MOVQ AX, short(DI)
	MOVQ AX, long(DI)
	ADDQ $64, SI
	ADDQ $wordSize, DI
	DECQ DX
	JNZ  classifyLoop

	VZEROUPPER
	RET

// BUCKETS matches the 32 places at off(SI): a bit that is not set in the given register
// says that one agrees with a bucket. Tables of the four bytes are in Y7 to Y14.
#define BUCKETS(off, places) \
	VMOVDQU   off(SI), Y0     \
	HALVES                    \
	CLASS(Y14, Y13, Y5)       \
	VMOVDQU   (off+1)(SI), Y0 \
	HALVES                    \
	CLASS(Y12, Y11, Y3)       \
	VPAND     Y3, Y5, Y5      \
	VMOVDQU   (off+2)(SI), Y0 \
	HALVES                    \
	CLASS(Y10, Y9, Y3)        \
	VPAND     Y3, Y5, Y5      \
	VMOVDQU   (off+3)(SI), Y0 \
	HALVES                    \
	CLASS(Y8, Y7, Y3)         \
	VPAND     Y3, Y5, Y5      \
	VPCMPEQB  Y6, Y5, Y5      \
	VPMOVMSKB Y5, places

// func match(dst *uint64, src *byte, blocks int, t *bucketTables)
TEXT ·match(SB), NOSPLIT, $0-32
	MOVQ    dst+0(FP), DI
	MOVQ    src+8(FP), SI
	MOVQ    blocks+16(FP), DX
	MOVQ    t+24(FP), CX
	VMOVDQU 0(CX), Y14
	VMOVDQU 32(CX), Y13
	VMOVDQU 64(CX), Y12
	VMOVDQU 96(CX), Y11
	VMOVDQU 128(CX), Y10
	VMOVDQU 160(CX), Y9
	VMOVDQU 192(CX), Y8
	VMOVDQU 224(CX), Y7
	VMOVDQU 256(CX), Y15
	VPXOR   Y6, Y6, Y6

matchLoop:
	BUCKETS(0, R8)
	BUCKETS(32, R9)
	SHLQ $32, R9
	ORQ  R9, R8
	NOTQ R8
	ORQ  R8, (DI)
	ADDQ $64, SI
	ADDQ $wordSize, DI
	DECQ DX
	JNZ  matchLoop

	VZEROUPPER
	RET
