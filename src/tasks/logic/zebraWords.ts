// The words of zebra puzzles: categories, their values, and how a clue says that somebody has one. No value is a word of two categories.

export interface Category {
  name: string;
  values: string[];
  /** What stands for "the person with VALUE", VALUE in place of %. */
  person: string;
}

export const categories: Category[] = [
  { name: 'name', values: ['Alice', 'Bob', 'Carol', 'David', 'Emma', 'Frank'], person: '%' },
  { name: 'color', values: ['red', 'blue', 'green', 'yellow', 'white', 'purple'], person: 'the person in the % house' },
  { name: 'pet', values: ['dog', 'cat', 'bird', 'fish', 'horse', 'rabbit'], person: 'the owner of the %' },
  { name: 'drink', values: ['tea', 'coffee', 'milk', 'juice', 'water', 'lemonade'], person: 'the person who drinks %' },
  { name: 'job', values: ['doctor', 'teacher', 'painter', 'lawyer', 'baker', 'pilot'], person: 'the %' },
];
