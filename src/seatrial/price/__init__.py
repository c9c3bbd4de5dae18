"""What a system costs a month, line by line.

Takes a graph, how much it is used, and a book of AWS's list prices; gives lines,
each with its price's source and its arithmetic. A price that is not in the book is
told as unknown; nothing here guesses one.
"""

from seatrial.price.book import Book, Price, Tier

__all__ = ["Book", "Price", "Tier"]
